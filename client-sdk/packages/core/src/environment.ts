/** The part of the WebSocket interface that is relied upon; browsers, Node ≥ 22 and `ws` have it. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** Clock, chance and the network's coming back: injected, so that tests decide them. */
export interface Environment {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970, for the expiry of tokens. */
  wallClock(): number;
  random(): number;
  /** Runs `action` once after `ms`; the result cancels it. */
  after(ms: number, action: () => void): () => void;
  /** Calls `listener` whenever the network is back; the result stops that. */
  onOnline(listener: () => void): () => void;
}

// setTimeout fires at once beyond this.
const longestTimerMs = 2 ** 31 - 1;

export const defaultEnvironment: Environment = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
  onOnline(listener) {
    if (typeof globalThis.addEventListener !== "function") {
      return () => {};
    }
    globalThis.addEventListener("online", listener);
    return () => globalThis.removeEventListener("online", listener);
  },
};

export function findWebSocket(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const found = given ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (found === undefined) {
    throw new TypeError("this runtime has no WebSocket: pass one as `webSocket` (in Node 20 and older, the one of the package `ws`)");
  }
  return found;
}
