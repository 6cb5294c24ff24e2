#pragma once

// Deliberately broken rules, one at a time (CMake: -DFRESHET_MUTANT=name): each must be caught by the test
// that tests/mutants.d/mcp.txt names. All are false in every real build.
namespace freshet::mcp::mutant {

#ifdef FRESHET_MUTANT_MCP_SESSION_OF_ANYBODY
inline constexpr bool kSessionOfAnybody = true;
#else
inline constexpr bool kSessionOfAnybody = false;
#endif

#ifdef FRESHET_MUTANT_MCP_SCOPES_UNCHECKED
inline constexpr bool kScopesUnchecked = true;
#else
inline constexpr bool kScopesUnchecked = false;
#endif

#ifdef FRESHET_MUTANT_MCP_BOUND_NOT_APPLIED
inline constexpr bool kBoundNotApplied = true;
#else
inline constexpr bool kBoundNotApplied = false;
#endif

#ifdef FRESHET_MUTANT_MCP_REVOKED_STAYS_SUBSCRIBED
inline constexpr bool kRevokedStaysSubscribed = true;
#else
inline constexpr bool kRevokedStaysSubscribed = false;
#endif

#ifdef FRESHET_MUTANT_MCP_MISSED_WITHOUT_STREAM
inline constexpr bool kMissedWithoutStream = true;
#else
inline constexpr bool kMissedWithoutStream = false;
#endif

}  // namespace freshet::mcp::mutant
