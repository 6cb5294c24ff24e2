import { FreshetClient, functionReference, type ClientOptions } from "@freshet/client";
import { FakeEnvironment } from "../../core/test/fake_environment.js";
import { fakeSockets } from "../../core/test/fake_socket.js";
import type { Change } from "../../core/src/protocol.js";

export const api = {
  messages: {
    list: functionReference<"query", { channel: number }, readonly string[]>("query", "messages.list"),
    count: functionReference<"query", { channel: number }, number>("query", "messages.count"),
    send: functionReference<"mutation", { channel: number; body: string }, null>("mutation", "messages.send"),
  },
  channels: { list: functionReference<"query", {}, readonly string[]>("query", "channels.list") },
} as const;

/** A client whose gateway is the test. */
export function connectedClient(options: ClientOptions = {}) {
  const environment = new FakeEnvironment();
  const net = fakeSockets();
  const client = new FreshetClient("http://gateway.test", { environment, webSocket: net.webSocket, ...options });
  let epoch = 0;
  return {
    client,
    environment,
    net,
    connect() {
      net.last.open();
      net.last.receive({ type: "welcome", session: "s", epoch: "e0", resumed: false, floor: 0 });
    },
    transition(changes: Change[], includes: number[] = []) {
      const from = `e${epoch++}`;
      net.last.receive({ type: "transition", from, to: `e${epoch}`, changes, includes });
    },
    /** The id under which a query is subscribed now. */
    id(path: string, channel?: number): number {
      const frames = net.last.frames("subscribe").filter((frame) => frame.path === path);
      const frame = frames.filter(({ args }) => channel === undefined || (args as { channel: number }).channel === channel).at(-1);
      if (frame === undefined) {
        throw new Error(`${path} is not subscribed`);
      }
      return frame.id;
    },
  };
}
