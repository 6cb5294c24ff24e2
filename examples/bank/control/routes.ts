import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { CommandRefused, type Demo } from "./demo.ts";
import type { Command } from "./status.ts";

const localNames = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** `GET /control/status` and `POST /control/do`, beside the page. They kill processes: so they answer this machine's own pages alone. */
export function controlRoutes(demo: Demo): Plugin {
  return {
    name: "bank-control",
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use("/control", (request, response) => {
        // A page that left in the middle is answered nothing.
        answer(request, response, demo).catch(() => response.destroy());
      });
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, demo: Demo): Promise<void> {
  const reply = (status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  };
  // Another name that leads here may belong to another site.
  if (!localNames.has((request.headers.host ?? "").replace(/:\d+$/, ""))) {
    return reply(403, { message: "only for pages of this machine" });
  }
  if (request.method === "GET" && request.url === "/status") {
    return reply(200, demo.status());
  }
  // A page of another site may not send this type without asking first, and is not answered.
  if (request.method !== "POST" || request.url !== "/do" || !(request.headers["content-type"] ?? "").startsWith("application/json")) {
    return reply(404, { message: "GET /control/status, or POST JSON to /control/do" });
  }
  const command = readCommand(await readBody(request));
  if (command === undefined) {
    return reply(400, { message: "no such command" });
  }
  try {
    await demo.do(command);
    reply(200, demo.status());
  } catch (error) {
    reply(error instanceof CommandRefused ? 409 : 500, { message: (error as Error).message });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > 1_000) {
      return "";
    }
  }
  return body;
}

function readCommand(text: string): Command | undefined {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  switch (body?.["do"]) {
    case "writers":
    case "browsers": {
      const count = number(body["count"]);
      return count === undefined ? undefined : { do: body["do"], count };
    }
    case "storm": {
      const perBrowser = number(body["perBrowser"]);
      return perBrowser === undefined ? undefined : { do: "storm", perBrowser, once: body["once"] === true };
    }
    case "revoke":
      return body["who"] === "me" || body["who"] === "somebody" ? { do: "revoke", who: body["who"] } : undefined;
    case "kill":
    case "restore":
    case "reset":
      return { do: body["do"] };
    default:
      return undefined;
  }
}
