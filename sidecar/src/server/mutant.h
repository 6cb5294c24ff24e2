#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/access.txt names. All are false in every real build.
namespace freshet::server::mutant {

#ifdef FRESHET_MUTANT_ADMIN_TOKEN_UNCHECKED
inline constexpr bool kAdminTokenUnchecked = true;
#else
inline constexpr bool kAdminTokenUnchecked = false;
#endif

#ifdef FRESHET_MUTANT_RESET_BEFORE_THE_REASON
inline constexpr bool kResetBeforeTheReason = true;
#else
inline constexpr bool kResetBeforeTheReason = false;
#endif

}  // namespace freshet::server::mutant
