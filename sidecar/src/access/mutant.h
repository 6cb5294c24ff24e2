#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/access.txt names. All are false in every real build.
namespace freshet::access::mutant {

#ifdef FRESHET_MUTANT_KEY_ALGORITHM_UNCHECKED
inline constexpr bool kKeyAlgorithmUnchecked = true;
#else
inline constexpr bool kKeyAlgorithmUnchecked = false;
#endif

#ifdef FRESHET_MUTANT_AUDIENCE_UNCHECKED
inline constexpr bool kAudienceUnchecked = true;
#else
inline constexpr bool kAudienceUnchecked = false;
#endif

#ifdef FRESHET_MUTANT_ISSUER_OF_ANOTHER_KEY
inline constexpr bool kIssuerOfAnotherKey = true;
#else
inline constexpr bool kIssuerOfAnotherKey = false;
#endif

#ifdef FRESHET_MUTANT_UNKNOWN_KID_ALWAYS_FETCHES
inline constexpr bool kUnknownKidAlwaysFetches = true;
#else
inline constexpr bool kUnknownKidAlwaysFetches = false;
#endif

#ifdef FRESHET_MUTANT_KEYS_LOST_WITH_ISSUER
inline constexpr bool kKeysLostWithIssuer = true;
#else
inline constexpr bool kKeysLostWithIssuer = false;
#endif

}  // namespace freshet::access::mutant
