import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";

const lifetimeSeconds = 15 * 60;
const longestBody = 1_000;

/**
 * Sign-in of the demo: gives whoever asks a token for the account that they name. It stands for an identity provider, runs in Vite's dev and
 * preview servers only, and keeps the secret out of the browser. It must never be reachable where accounts mean something.
 */
export function demoTokens(secret: string | undefined): Plugin {
  const middleware: Connect.SimpleHandleFunction = (request, response) => {
    // A page that left in the middle is answered nothing.
    answer(request, response, secret).catch(() => response.destroy());
  };
  const install = (server: { middlewares: Connect.Server }) => {
    server.middlewares.use("/demo/token", middleware);
  };
  return { name: "demo-tokens", configureServer: install, configurePreviewServer: install };
}

async function answer(request: IncomingMessage, response: ServerResponse, secret: string | undefined): Promise<void> {
  const reply = (status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  };
  // A page of another site may not fetch tokens: it cannot set this type without asking first, and is not answered.
  if (request.method !== "POST" || !(request.headers["content-type"] ?? "").startsWith("application/json")) {
    return reply(405, { message: "POST JSON" });
  }
  if (secret === undefined) {
    return reply(503, { message: "FRESHET_JWT_KEY is not set: it is the secret with which the gateway checks tokens" });
  }
  const account = readAccount(await readBody(request));
  if (account === undefined) {
    return reply(400, { message: "account must be a number" });
  }
  reply(200, { token: sign({ sub: String(account), exp: Math.floor(Date.now() / 1000) + lifetimeSeconds }, secret) });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > longestBody) {
      return "";
    }
  }
  return body;
}

function readAccount(body: string): number | undefined {
  try {
    const account: unknown = (JSON.parse(body) as { account?: unknown }).account;
    return typeof account === "number" && Number.isSafeInteger(account) && account > 0 ? account : undefined;
  } catch {
    return undefined;
  }
}

export function sign(claims: object, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
