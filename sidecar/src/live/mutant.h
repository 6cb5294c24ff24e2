#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/live.txt names. All are false in every real build.
//
// FRESHET_MUTANT_IS(x) is true iff x is defined as 1: the probe of a defined name has a comma, which moves
// `true` forward.
#define FRESHET_MUTANT_SECOND(first, second, ...) second
#define FRESHET_MUTANT_PROBE_1 0, true
#define FRESHET_MUTANT_PICK(...) FRESHET_MUTANT_SECOND(__VA_ARGS__, false, false)
#define FRESHET_MUTANT_PASTE(value) FRESHET_MUTANT_PICK(FRESHET_MUTANT_PROBE_##value)
#define FRESHET_MUTANT_IS(name) FRESHET_MUTANT_PASTE(name)

namespace freshet::live::mutant {

inline constexpr bool kUnknownDoesNotMatch = FRESHET_MUTANT_IS(FRESHET_MUTANT_UNKNOWN_DOES_NOT_MATCH);
inline constexpr bool kEqualityForImage = FRESHET_MUTANT_IS(FRESHET_MUTANT_EQUALITY_FOR_IMAGE);
inline constexpr bool kOrderIgnored = FRESHET_MUTANT_IS(FRESHET_MUTANT_ORDER_IGNORED);
inline constexpr bool kKeyChangeSpared = FRESHET_MUTANT_IS(FRESHET_MUTANT_KEY_CHANGE_SPARED);
inline constexpr bool kIndexSkipsNullRange = FRESHET_MUTANT_IS(FRESHET_MUTANT_INDEX_SKIPS_NULL_RANGE);
inline constexpr bool kIndexSkipsOldRow = FRESHET_MUTANT_IS(FRESHET_MUTANT_INDEX_SKIPS_OLD_ROW);
inline constexpr bool kInstallWithoutLog = FRESHET_MUTANT_IS(FRESHET_MUTANT_INSTALL_WITHOUT_LOG);
inline constexpr bool kCollapseTruncates = FRESHET_MUTANT_IS(FRESHET_MUTANT_COLLAPSE_TRUNCATES);
inline constexpr bool kPublishBeforeClosure = FRESHET_MUTANT_IS(FRESHET_MUTANT_PUBLISH_BEFORE_CLOSURE);
inline constexpr bool kDecodedIsVisible = FRESHET_MUTANT_IS(FRESHET_MUTANT_DECODED_IS_VISIBLE);
inline constexpr bool kNoRetest = FRESHET_MUTANT_IS(FRESHET_MUTANT_NO_RETEST);
inline constexpr bool kVoidInstalled = FRESHET_MUTANT_IS(FRESHET_MUTANT_VOID_INSTALLED);
inline constexpr bool kAnyFenceCloses = FRESHET_MUTANT_IS(FRESHET_MUTANT_ANY_FENCE_CLOSES);
inline constexpr bool kIncludeEarly = FRESHET_MUTANT_IS(FRESHET_MUTANT_INCLUDE_EARLY);
inline constexpr bool kNewestResultAtTarget = FRESHET_MUTANT_IS(FRESHET_MUTANT_NEWEST_RESULT_AT_TARGET);
inline constexpr bool kResumeAtOldEpoch = FRESHET_MUTANT_IS(FRESHET_MUTANT_RESUME_AT_OLD_EPOCH);
inline constexpr bool kClaimsUnchecked = FRESHET_MUTANT_IS(FRESHET_MUTANT_CLAIMS_UNCHECKED);
inline constexpr bool kGuardUnchecked = FRESHET_MUTANT_IS(FRESHET_MUTANT_GUARD_UNCHECKED);
inline constexpr bool kSpliceAgainstNewest = FRESHET_MUTANT_IS(FRESHET_MUTANT_SPLICE_AGAINST_NEWEST);
inline constexpr bool kStreamLossKeepsResults = FRESHET_MUTANT_IS(FRESHET_MUTANT_STREAM_LOSS_KEEPS_RESULTS);
inline constexpr bool kBusyQueued = FRESHET_MUTANT_IS(FRESHET_MUTANT_BUSY_QUEUED);
inline constexpr bool kSharedByNobody = FRESHET_MUTANT_IS(FRESHET_MUTANT_SHARED_BY_NOBODY);
inline constexpr bool kOneShotStale = FRESHET_MUTANT_IS(FRESHET_MUTANT_ONE_SHOT_STALE);

}  // namespace freshet::live::mutant
