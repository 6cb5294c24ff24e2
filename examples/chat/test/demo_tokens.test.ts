import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Connect, ViteDevServer } from "vite";
import { demoTokens } from "../demo_tokens.ts";

let close = () => {};
afterEach(() => close());

async function endpoint(secret: string | undefined): Promise<string> {
  let handle!: Connect.SimpleHandleFunction;
  const server = { middlewares: { use: (_path: string, handler: Connect.SimpleHandleFunction) => (handle = handler) } };
  (demoTokens(secret).configureServer as (server: ViteDevServer) => void)(server as unknown as ViteDevServer);
  const http = createServer((request, response) => handle(request, response)).listen(0, "127.0.0.1");
  close = () => http.close();
  await new Promise((resolve) => http.once("listening", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const ask = (url: string, body: unknown, headers = { "content-type": "application/json" }) =>
  fetch(url, { method: "POST", headers, body: JSON.stringify(body) });

test("a token names the account, ends soon, and is signed with the secret", async () => {
  const answer = (await (await ask(await endpoint("secret"), { account: 7 })).json()) as { token: string };
  const [header, claims, signature] = answer.token.split(".") as [string, string, string];
  expect(createHmac("sha256", "secret").update(`${header}.${claims}`).digest("base64url")).toBe(signature);
  const read = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub: string; exp: number };
  expect(read.sub).toBe("7");
  expect(read.exp).toBeLessThanOrEqual(Date.now() / 1000 + 900);
});

test.each([{ account: "7" }, { account: 0 }, { account: 1.5 }, {}, null, { account: 1, padding: "x".repeat(2_000) }])(
  "%j gets no token",
  async (body) => {
    expect((await ask(await endpoint("secret"), body)).status).toBe(400);
  },
);

test("a form of another site gets no token", async () => {
  expect((await ask(await endpoint("secret"), { account: 7 }, { "content-type": "text/plain" })).status).toBe(405);
});

test("without a secret it says what is missing", async () => {
  const response = await ask(await endpoint(undefined), { account: 7 });
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("FRESHET_JWT_KEY")]);
});
