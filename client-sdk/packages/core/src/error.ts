/** The closed list of codes that a gateway sends (docs/protocol.md). */
export const errorCodes = [
  "invalid_arguments",
  "not_found",
  "unauthenticated",
  "forbidden",
  "conflict",
  "constraint_violation",
  "read_only",
  "serialization_failure",
  "deadline_exceeded",
  "rate_limited",
  "overloaded",
  "too_large",
  "out_of_range",
  "invalid_cursor",
  "order_not_unique",
  "outcome_unknown",
  "schema_changed",
  "contract_mismatch",
  "protocol",
  "application",
  "internal",
] as const;

/** `client_closed` is the client's own: `close()` was called before the answer came. */
export type ErrorCode = (typeof errorCodes)[number] | "client_closed";

/** An error as it travels. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable: boolean;
  readonly id?: string;
}

/** What a `conflict` or a `constraint_violation` is about: names of the database and of the call, never values. */
export interface Violation {
  readonly kind: "unique" | "exclusion" | "foreign_key" | "still_referenced" | "check" | "not_null";
  /** Name of the constraint or unique index; NOT NULL of a column has none. */
  readonly constraint?: string;
  readonly schema?: string;
  /** The table that the constraint belongs to; of a partition, the table that it is a part of. */
  readonly table?: string;
  /** The domain, when its own constraint is violated. */
  readonly type?: string;
  readonly columns?: readonly string[];
  /** The argument that gave the value, when there is exactly one: the field of a form. */
  readonly argument?: string;
  readonly arguments?: readonly string[];
}

/** Every failure of a call or a result. Aborts are not among them: they reject with the signal's reason. */
export class FreshetError extends Error {
  override readonly name = "FreshetError";
  readonly code: ErrorCode;
  readonly details: unknown;
  /** The same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** Names the entry in the gateway's log (`internal` errors have one). */
  readonly id: string | undefined;

  constructor(error: WireError) {
    super(error.message);
    this.code = error.code;
    this.details = error.details;
    this.retryable = error.retryable;
    this.id = error.id;
  }

  /**
   * The violated constraint, when `code` is `conflict` or `constraint_violation`.
   * @example if (error.violation?.argument === "email") form.setError("email", "is taken");
   */
  get violation(): Violation | undefined {
    if (this.code !== "conflict" && this.code !== "constraint_violation") return undefined;
    if (typeof this.details !== "object" || this.details === null) return undefined;
    return "kind" in this.details ? (this.details as Violation) : undefined;
  }

  /** The code given to `freshet.fail(code, …)`, when `code` is `application`. */
  get applicationCode(): string | undefined {
    if (this.code !== "application" || typeof this.details !== "object" || this.details === null) {
      return undefined;
    }
    const code = (this.details as { code?: unknown }).code;
    return typeof code === "string" ? code : undefined;
  }
}

export function clientClosed(): FreshetError {
  return new FreshetError({ code: "client_closed", message: "the client was closed", retryable: false });
}

/** For a call that was sent, whose answer can no longer be known, and which is therefore never sent again. */
export function outcomeUnknown(why: string): FreshetError {
  return new FreshetError({ code: "outcome_unknown", message: `${why}; the call may or may not have taken effect`, retryable: false });
}
