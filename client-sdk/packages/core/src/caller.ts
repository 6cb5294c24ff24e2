import { FreshetError } from "./error.js";
import { callerOf } from "./hydration.js";
import type { AuthAnswer, ClientMessage } from "./protocol.js";

export type Identity = Readonly<Record<string, unknown>>;

export type AuthState =
  | { readonly status: "anonymous" }
  | { readonly status: "authenticating" }
  | { readonly status: "authenticated"; readonly identity: Identity }
  | { readonly status: "rejected"; readonly error: FreshetError };

/**
 * What an answer of the gateway means. stale: it is not about the newest token · accepted · renew: another token is needed, and is asked for ·
 * rejected: there is none · limited: too many tokens; the connection is begun anew, later
 */
export type Verdict = "stale" | "accepted" | "renew" | "rejected" | "limited";

/** Whose calls these are: the token, what the gateway said of it, and what has to wait until it has spoken. Part of SyncSession. */
export class Caller {
  state: AuthState = { status: "anonymous" };
  /** The identity was lost on this connection and another token is on its way: calls wait, so as not to run as nobody. */
  isRenewing = false;
  private token: string | null = null;
  private isTokenKnown = true;
  private framesInFlight = 0;
  private isTokenFixed = true;
  private wasRefused = false;
  /** Whom the adopted results are for, until the gateway has said who this is. */
  private adoptedFor: string | undefined;

  /** Somebody else, or nobody, from here on: supply() follows. */
  change(): void {
    this.adoptedFor = undefined;
    this.isTokenKnown = false;
    this.wasRefused = false;
    this.isRenewing = false;
    this.state = { status: "authenticating" };
  }

  supply(token: string | null, isFixed: boolean, isConnected: boolean): void {
    this.token = token;
    this.isTokenKnown = true;
    this.isTokenFixed = isFixed;
    if (!isConnected) {
      this.state = token === null ? { status: "anonymous" } : { status: "authenticating" };
    }
  }

  /** A supplier will give the token for the next connection. */
  await(): void {
    this.isTokenKnown = false;
    if (this.state.status !== "authenticated") {
      this.state = { status: "authenticating" };
    }
  }

  adopt(caller: string): void {
    this.adoptedFor = caller;
  }

  /** There is a token to go right after `hello`. */
  get hasToken(): boolean {
    return this.isTokenKnown && this.token !== null;
  }

  /** The frame with the token as it is now; its answer is awaited from here on. */
  frame(): ClientMessage {
    this.framesInFlight++;
    return { type: "auth", token: this.token };
  }

  /** Until the new token is there the socket must not go on as the old caller. */
  frameOfNobody(): ClientMessage {
    this.token = null;
    return this.frame();
  }

  lost(): void {
    this.isRenewing = false;
    this.framesInFlight = 0;
  }

  answer(message: AuthAnswer): Verdict {
    this.framesInFlight = Math.max(0, this.framesInFlight - 1);
    if (!this.isSettled) {
      return "stale";
    }
    if (message.ok) {
      this.wasRefused = false;
      this.isRenewing = false;
      this.state = this.token === null ? { status: "anonymous" } : { status: "authenticated", identity: message.identity ?? {} };
      return "accepted";
    }
    if (message.error?.code === "rate_limited") {
      return "limited";
    }
    if (!this.isTokenFixed && !this.wasRefused) {
      this.wasRefused = true;
      this.isTokenKnown = false;
      this.isRenewing = true;
      return "renew";
    }
    this.isRenewing = false;
    const cause = message.error ?? { code: "unauthenticated", message: "the token was refused", retryable: false };
    this.state = { status: "rejected", error: new FreshetError(cause) };
    return "rejected";
  }

  /** The token is known, and the gateway has answered all that it was sent on this connection. */
  get isSettled(): boolean {
    return this.isTokenKnown && this.framesInFlight === 0;
  }

  /** Everything else may be sent. False: results were adopted that are for somebody else. */
  admit(): boolean {
    if (this.token === null && this.state.status === "authenticating") {
      this.state = { status: "anonymous" };
    }
    const areOurs = this.adoptedFor === undefined || this.adoptedFor === this.key;
    this.adoptedFor = undefined;
    return areOurs;
  }

  /** Issuer and subject, for results that are handed on. */
  get key(): string {
    return callerOf(this.state.status === "authenticated" ? this.state.identity : null);
  }
}
