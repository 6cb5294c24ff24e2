#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/access.txt names. All are false in every real build.
namespace freshet::app::mutant {

#ifdef FRESHET_MUTANT_REVOKED_KEY_VALID
inline constexpr bool kRevokedKeyValid = true;
#else
inline constexpr bool kRevokedKeyValid = false;
#endif

}  // namespace freshet::app::mutant
