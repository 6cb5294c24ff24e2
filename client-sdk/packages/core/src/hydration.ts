import { canonicalJson } from "./json.js";
import type { QueryCall } from "./local_state.js";

/**
 * Results of one snapshot, as a server hands them to the page that it rendered. Plain JSON: escape `<` where it goes into HTML.
 * It names the caller that the results are for by issuer and subject, and holds nothing else about them.
 */
export interface DehydratedState {
  readonly version: 1;
  readonly caller: string;
  readonly queries: readonly DehydratedQuery[];
}

export interface DehydratedQuery extends QueryCall {
  readonly value: unknown;
  readonly hash: string;
  /** On a timeline of its own, by its function's declaration too. */
  readonly detached: boolean;
}

/** Who a caller is, for comparison only: claims like `exp` differ between two tokens of one caller. */
export function callerOf(identity: Readonly<Record<string, unknown>> | null): string {
  return canonicalJson([identity?.["iss"], identity?.["sub"]]);
}
