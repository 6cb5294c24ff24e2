import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";

// The client as one script in a worker thread of Node, over a real socket, beside a main thread that knows nothing of it.

const http = createServer();
const server = new WebSocketServer({ server: http, path: "/sync", handleProtocols: (offered) => [...offered][0] ?? false });
let url = "";
let script = "";

beforeAll(async () => {
  server.on("connection", (socket) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: number };
      switch (message.type) {
        case "hello":
          return send({ type: "welcome", session: "s", epoch: "e0", resumed: false, floor: 0 });
        case "subscribe":
          return send({ type: "transition", from: "e0", to: "e1", changes: [{ id: message.id, value: ["a"], hash: "h1" }], includes: [] });
        case "mutate":
          send({ type: "response", id: message.id, value: "b" });
          return send({ type: "transition", from: "e1", to: "e2", changes: [{ id: 1, splice: [[1, 0, ["b"]]], base: "h1", hash: "h2" }], includes: [message.id] });
        default:
          return;
      }
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const bundle = await build({
    stdin: {
      contents: `
        import { parentPort, workerData } from "node:worker_threads";
        import { FreshetClient, functionReference } from "./index.ts";
        const client = new FreshetClient(workerData.url, { webSocket: globalThis.WebSocket ?? require(workerData.ws).WebSocket });
        const list = functionReference("query", "names.list");
        const run = async () => {
          const before = await client.preload(list);
          const added = await client.mutate(functionReference("mutation", "names.add"), { name: "b" });
          return { before, added, after: client.peek(list, {}).data };
        };
        run().then((seen) => parentPort.postMessage(seen), (error) => parentPort.postMessage({ error: String(error) })).finally(() => client.close());`,
      resolveDir: new URL("../src", import.meta.url).pathname,
      loader: "ts",
    },
    bundle: true,
    format: "cjs",
    platform: "node",
    write: false,
  });
  script = bundle.outputFiles[0]!.text;
});

afterAll(() => {
  server.close();
  http.close();
});

test("in a worker thread it preloads, mutates, sees the transition, and lets the thread end when it is closed", async () => {
  const worker = new Worker(script, { eval: true, workerData: { url, ws: createRequire(import.meta.url).resolve("ws") } });
  const said: unknown[] = [];
  worker.on("message", (message) => said.push(message));
  const code = await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  expect(said).toEqual([{ before: ["a"], added: "b", after: ["a", "b"] }]);
  expect(code).toBe(0);
});
