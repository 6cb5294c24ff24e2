import type { WireError } from "./error.js";
import type { ClientMessage } from "./protocol.js";

/** Length on the wire. A frame over the gateway's limit would end the socket, and again on every replay. */
export function frameBytes(frame: ClientMessage): number {
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}

export function tooLarge(maxBytes: number): WireError {
  return { code: "too_large", message: `the call is longer than the ${maxBytes} bytes that the gateway takes`, retryable: false };
}
