#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/access.txt names. All are false in every real build.
namespace freshet::app::mutant {

#ifdef FRESHET_MUTANT_REVOKED_KEY_VALID
inline constexpr bool kRevokedKeyValid = true;
#else
inline constexpr bool kRevokedKeyValid = false;
#endif

#ifdef FRESHET_MUTANT_KEY_CHANGE_UNNOTICED
inline constexpr bool kKeyChangeUnnoticed = true;
#else
inline constexpr bool kKeyChangeUnnoticed = false;
#endif

#ifdef FRESHET_MUTANT_KEY_CHANGE_NOT_AWAITED
inline constexpr bool kKeyChangeNotAwaited = true;
#else
inline constexpr bool kKeyChangeNotAwaited = false;
#endif

#ifdef FRESHET_MUTANT_NOTICES_FOR_ALL
inline constexpr bool kNoticesForAll = true;
#else
inline constexpr bool kNoticesForAll = false;
#endif

#ifdef FRESHET_MUTANT_DECIDED_TOLD_LATE
inline constexpr bool kDecidedToldLate = true;
#else
inline constexpr bool kDecidedToldLate = false;
#endif

}  // namespace freshet::app::mutant
