import { FreshetError, type ErrorCode } from "./error.js";
import type { AnyFunction, CodesOf } from "./function_reference.js";

/** A failure that the gateway or the client names itself. */
export interface SystemError<Code extends ErrorCode = Exclude<ErrorCode, "application">> extends FreshetError {
  readonly code: Code;
  readonly applicationCode: undefined;
}

/** A failure that a function raised with `freshet.fail` or `freshet.require`. */
export interface ApplicationError<Code extends string> extends FreshetError {
  readonly code: "application";
  readonly applicationCode: Code;
  readonly details: { readonly code: Code; readonly data?: unknown };
}

/**
 * What a call may fail with, told apart by `code` and `applicationCode`. `Codes` are those that the function declares; a function that
 * declares none may raise any.
 */
export type FunctionError<Codes extends string = never> =
  | { readonly [Code in Exclude<ErrorCode, "application">]: SystemError<Code> }[Exclude<ErrorCode, "application">]
  | ([Codes] extends [never] ? ApplicationError<string> : { readonly [Code in Codes]: ApplicationError<Code> }[Codes]);

/** What a call of the function may fail with. */
export type ErrorOf<F extends AnyFunction> = FunctionError<CodesOf<F>>;

/**
 * Whether what was caught is a failure of this function, typed by the codes that it declares. False for aborts, for mistakes of the
 * program, and for a code that the function raises without having declared it.
 *
 *     try {
 *       await client.mutate(api.messages.send, { channel, body });
 *     } catch (error) {
 *       if (!isErrorOf(api.messages.send, error)) throw error;
 *       if (error.applicationCode === "channel_archived") showArchived();
 *     }
 */
export function isErrorOf<F extends AnyFunction>(reference: F, error: unknown): error is ErrorOf<F> {
  if (!(error instanceof FreshetError)) {
    return false;
  }
  const { errors } = reference;
  return error.code !== "application" || errors === undefined || errors.some((code) => code === error.applicationCode);
}
