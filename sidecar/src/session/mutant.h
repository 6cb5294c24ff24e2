#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/access.txt names. All are false in every real build.
namespace freshet::session::mutant {

#ifdef FRESHET_MUTANT_SCOPES_UNCHECKED
inline constexpr bool kScopesUnchecked = true;
#else
inline constexpr bool kScopesUnchecked = false;
#endif

}  // namespace freshet::session::mutant
