import type { Environment } from "./environment.js";

/** Asked for a token. `refused`: the one given before was not accepted, or its identity has ended; a cached one will not do. */
export type TokenSupplier = (request: { readonly refused: boolean }) => Promise<string | null>;

/** A fixed token, a supplier of tokens, or nobody. */
export type Auth = string | null | TokenSupplier;

export interface TokenListener {
  token(token: string | null): void;
  failed(error: unknown): void;
}

const refreshAheadMs = 60_000;
const shortestRefreshMs = 1_000;
const askAgainMs = 5_000;

/**
 * Where tokens come from. Asks a supplier for the first, for the next one shortly before the last expires, and for another when one was
 * refused. A supplier that fails is asked again: not being able to reach the issuer is no reason to become anonymous.
 */
export class TokenSource {
  private generation = 0;
  private cancelTimer = () => {};

  constructor(
    private auth: Auth,
    private readonly environment: Environment,
    private readonly listener: TokenListener,
  ) {}

  get isSupplier(): boolean {
    return typeof this.auth === "function";
  }

  /** Forgets the old source; answers that it still owes are ignored. */
  replace(auth: Auth): void {
    this.stop();
    this.auth = auth;
  }

  request(refused: boolean): void {
    this.stop();
    if (typeof this.auth !== "function") {
      this.listener.token(this.auth);
      return;
    }
    const generation = this.generation;
    const isCurrent = () => generation === this.generation;
    this.ask(this.auth, refused).then(
      (token) => isCurrent() && this.accept(token),
      (error: unknown) => {
        if (isCurrent()) {
          this.cancelTimer = this.environment.after(askAgainMs, () => this.request(refused));
          this.listener.failed(error);
        }
      },
    );
  }

  stop(): void {
    this.generation++;
    this.cancelTimer();
  }

  private async ask(supplier: TokenSupplier, refused: boolean): Promise<string | null> {
    return supplier({ refused });
  }

  private accept(token: string | null): void {
    const expiresInMs = token === null ? undefined : expiryOf(token, this.environment.wallClock());
    if (expiresInMs !== undefined) {
      const aheadMs = Math.min(refreshAheadMs, expiresInMs / 4);
      const refreshInMs = Math.max(shortestRefreshMs, expiresInMs - aheadMs);
      this.cancelTimer = this.environment.after(refreshInMs, () => this.request(false));
    }
    this.listener.token(token);
  }
}

/**
 * For how many more milliseconds a JWT is good, unverified (only the gateway's verdict counts); undefined when it does not say. A token is taken
 * for new when this clock can't be right about it: one that is ahead sees it expired already, one that is behind sees it live for too long.
 */
export function expiryOf(token: string, nowMs: number): number | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) {
    return undefined;
  }
  try {
    const claims = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as { exp?: unknown; iat?: unknown } | null;
    const { exp, iat } = claims ?? {};
    if (!Number.isFinite(exp)) {
      return undefined;
    }
    const left = (exp as number) * 1000 - nowMs;
    const life = Number.isFinite(iat) ? ((exp as number) - (iat as number)) * 1000 : left;
    const shorter = left > 0 ? Math.min(left, life) : life;
    return shorter > 0 ? shorter : undefined;
  } catch {
    return undefined;
  }
}
