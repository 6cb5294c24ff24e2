import { functionReference } from "../src/index.js";

// The functions that the tests speak of, as a generated module would hold them.

export interface Message {
  readonly key: string;
  readonly body: string;
}

export const api = {
  messages: {
    list: functionReference<"query", { channel: number }, readonly Message[]>("query", "messages.list"),
    count: functionReference<"query", { channel: number }, number>("query", "messages.count"),
    send: functionReference<"mutation", { channel: number; key: string }, string, "channel_archived">("mutation", "messages.send"),
  },
  channels: {
    list: functionReference<"query", {}, readonly string[]>("query", "channels.list"),
  },
  mail: {
    post: functionReference<"action", { to: string }, null>("action", "mail.post"),
  },
} as const;
