import type { KeyNames } from "./key_names.js";

export type FunctionKind = "query" | "mutation" | "action";

/**
 * An exposed function: its path, and (in types only) what it takes, gives and fails with. The generated module consists of these.
 */
export interface FunctionReference<Kind extends FunctionKind, Args extends object, Result, Codes extends string = never> {
  readonly kind: Kind;
  readonly path: string;
  /** The application codes that it declares; absent: it declares none. */
  readonly errors?: readonly Codes[];
  /** Where the app calls members otherwise than the wire (`freshet codegen --case camel`). */
  readonly names?: ReferenceNames;
  /** Never present at run time; it only carries types. */
  readonly "~types"?: { readonly args: Args; readonly result: Result; readonly codes: Codes };
}

export type QueryReference<Args extends object, Result, Codes extends string = never> = FunctionReference<"query", Args, Result, Codes>;
export type MutationReference<Args extends object, Result, Codes extends string = never> = FunctionReference<"mutation", Args, Result, Codes>;

// `object` and `unknown` are the widest bounds here because the phantom member is only ever read.
export type AnyFunction = FunctionReference<FunctionKind, object, unknown, string>;
export type AnyQuery = FunctionReference<"query", object, unknown, string>;
export type AnyMutation = FunctionReference<"mutation", object, unknown, string>;
export type AnyAction = FunctionReference<"action", object, unknown, string>;

export type ArgsOf<F extends AnyFunction> = NonNullable<F["~types"]>["args"];
export type ResultOf<F extends AnyFunction> = NonNullable<F["~types"]>["result"];
/** The application codes that the function declares. */
export type CodesOf<F extends AnyFunction> = NonNullable<F["~types"]>["codes"];

/** How the members of arguments and result are called in the app. */
export interface ReferenceNames {
  readonly args?: KeyNames;
  readonly result?: KeyNames;
}

/** Parameters after the reference: the arguments may be left out when none is required. */
export type Call<F extends AnyFunction, Options> = {} extends ArgsOf<F>
  ? [args?: ArgsOf<F>, options?: Options]
  : [args: ArgsOf<F>, options?: Options];

/**
 * What generated modules consist of. By hand:
 *
 *     const send = functionReference<"mutation", { body: string }, number, "archived">("mutation", "messages.send", { errors: ["archived"] });
 */
export function functionReference<Kind extends FunctionKind, Args extends object, Result, Codes extends string = never>(
  kind: Kind,
  path: string,
  facts: { readonly errors?: readonly Codes[]; readonly names?: ReferenceNames } = {},
): FunctionReference<Kind, Args, Result, Codes> {
  return { kind, path, ...facts };
}
