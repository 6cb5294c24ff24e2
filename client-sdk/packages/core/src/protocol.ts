import { FreshetError, type WireError } from "./error.js";

// The frames of docs/protocol.md, subprotocol freshet.v1.

export const subprotocol = "freshet.v1";

export interface Page {
  readonly limit: number;
  readonly after?: string;
  readonly until?: string;
}

export type ClientMessage =
  | { type: "hello"; session?: string; last_epoch?: string; pending?: number[] }
  | { type: "auth"; token: string | null }
  | { type: "subscribe"; id: number; path: string; args: object; page?: Page; have?: string; lockstep?: boolean }
  | { type: "unsubscribe"; id: number }
  | { type: "mutate"; id: number; path: string; args: object }
  | { type: "act"; id: number; path: string; args: object }
  | { type: "query"; id: number; path: string; args: object; page?: Page }
  | { type: "ack"; upto: number }
  | { type: "ping" };

/** `[index, delete_count, rows]`; `index` counts in the array as it is after the edits before it. */
export type Splice = readonly [index: number, deleteCount: number, rows: readonly unknown[]];

export type Change = { readonly id: number } & (
  | { readonly value: unknown; readonly hash: string }
  | { readonly splice: readonly Splice[]; readonly page?: Readonly<Record<string, unknown>>; readonly base: string; readonly hash: string }
  | { readonly same: true; readonly hash: string }
  | { readonly error: WireError }
);

export interface Welcome {
  readonly type: "welcome";
  readonly session: string;
  readonly epoch: string;
  readonly resumed: boolean;
  readonly floor: number;
  readonly server?: { readonly name?: string; readonly version?: string; readonly limits?: Readonly<Record<string, unknown>> };
}

export interface Transition {
  readonly type: "transition";
  readonly from: string | null;
  readonly to: string | null;
  readonly changes: readonly Change[];
  readonly includes: readonly number[];
  readonly stale?: boolean;
}

export interface Response {
  readonly type: "response";
  readonly id: number;
  readonly value?: unknown;
  readonly error?: WireError;
  readonly epoch?: string;
  readonly replayed?: boolean;
}

export interface AuthAnswer {
  readonly type: "auth";
  readonly ok: boolean;
  readonly identity?: Readonly<Record<string, unknown>> | null;
  readonly error?: WireError;
}

export type ServerMessage =
  | Welcome
  | Transition
  | Response
  | AuthAnswer
  | { readonly type: "error"; readonly error: WireError; readonly id?: number }
  | { readonly type: "pong" };

function malformed(what: string): FreshetError {
  return new FreshetError({ code: "protocol", message: `the gateway sent ${what}`, retryable: true });
}

const required: { readonly [T in ServerMessage["type"]]: Readonly<Record<string, (value: unknown) => boolean>> } = {
  welcome: { session: isString, epoch: isString, resumed: isBoolean, floor: isInteger },
  transition: { from: isStringOrNull, to: isStringOrNull, changes: isChanges, includes: isIntegers },
  response: { id: isInteger },
  auth: { ok: isBoolean },
  error: { error: isError },
  pong: {},
};

/** Reads one frame. Throws `protocol` for anything that docs/protocol.md does not know; unknown members are ignored. */
export function parseServerMessage(text: string): ServerMessage {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw malformed("a frame that is not JSON");
  }
  if (!isObject(frame)) {
    throw malformed("a frame that is not an object");
  }
  const type = frame["type"];
  if (typeof type !== "string" || !Object.hasOwn(required, type)) {
    throw malformed(`a frame of unknown type ${JSON.stringify(type)}`);
  }
  for (const [name, accepts] of Object.entries(required[type as ServerMessage["type"]])) {
    if (!accepts(frame[name])) {
      throw malformed(`"${type}" with a bad "${name}"`);
    }
  }
  if (type === "response" && "value" in frame === "error" in frame) {
    throw malformed('"response" that has not exactly one of "value" and "error"');
  }
  if (type === "response" && "error" in frame && !isError(frame["error"])) {
    throw malformed('"response" with a bad "error"');
  }
  return frame as unknown as ServerMessage;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isStringOrNull(value: unknown): boolean {
  return value === null || isString(value);
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isIntegers(value: unknown): boolean {
  return Array.isArray(value) && value.every(isInteger);
}

function isError(value: unknown): boolean {
  return isObject(value) && isString(value["code"]) && isString(value["message"]);
}

function isSplice(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && isInteger(value[0]) && isInteger(value[1]) && Array.isArray(value[2]);
}

function isChange(value: unknown): boolean {
  if (!isObject(value) || !isInteger(value["id"])) {
    return false;
  }
  if ("error" in value) {
    return isError(value["error"]);
  }
  if (!isString(value["hash"])) {
    return false;
  }
  if ("splice" in value) {
    const isPage = !("page" in value) || isObject(value["page"]);
    return isPage && isString(value["base"]) && Array.isArray(value["splice"]) && value["splice"].every(isSplice);
  }
  return "value" in value || value["same"] === true;
}

function isChanges(value: unknown): boolean {
  return Array.isArray(value) && value.every(isChange);
}
