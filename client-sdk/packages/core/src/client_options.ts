import type { BackoffOptions } from "./backoff.js";
import type { Environment, WebSocketConstructor } from "./environment.js";
import type { AnyMutation, ArgsOf } from "./function_reference.js";
import type { DehydratedState } from "./hydration.js";
import type { OptimisticUpdate } from "./optimistic.js";
import type { Page } from "./protocol.js";
import type { Auth } from "./token_source.js";

export interface ClientOptions {
  /** A token, a supplier of tokens (asked again before each expires and after a refusal), or null for nobody. Default null. */
  readonly auth?: Auth;
  /** The WebSocket to use where the runtime has none (Node 20 and older). */
  readonly webSocket?: WebSocketConstructor;
  /** How long a query that nobody watches stays subscribed, in ms. Default 1,000. */
  readonly lingerMs?: number;
  readonly backoff?: BackoffOptions;
  /** Told what no call can be told: a token supplier that failed, an optimistic update that threw when it was replayed, errors about the session. */
  readonly onError?: (error: unknown) => void;
  /**
   * What `dehydrate()` gave on the server that rendered the page: shown from the start, confirmed or replaced together by the first
   * transition, and dropped if the gateway takes the caller for another than the server's.
   */
  readonly hydrate?: DehydratedState;
  readonly environment?: Environment;
}

export interface WatchOptions {
  readonly page?: Page;
  /** false: on a timeline of its own, so that a slow query holds up no other. Default: as the function declares. */
  readonly lockstep?: boolean;
}

export interface CallOptions {
  /** Rejects with the signal's reason, until the answer is here. A call that was sent already may still take effect. */
  readonly signal?: AbortSignal;
}

export interface PreloadOptions extends WatchOptions, CallOptions {
  /** How long it stays subscribed without a watcher, in ms. Default 10,000. */
  readonly keepMs?: number;
}

export interface MutateOptions<F extends AnyMutation> extends CallOptions {
  readonly optimistic?: OptimisticUpdate<ArgsOf<F>>;
}

export interface ConnectionState {
  /** connecting: for the first time, or again after a wait · waiting: for the next attempt */
  readonly status: "idle" | "connecting" | "connected" | "waiting" | "closed";
  /** The gateway lost its database: results are those of before. */
  readonly isStale: boolean;
}
