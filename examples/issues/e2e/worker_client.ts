import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Page } from "playwright-core";

const entry = "virtual:worker-client";
const source = `
import { FreshetClient } from "@freshet/client";
self.onmessage = async ({ data }) => {
  const client = new FreshetClient(data.url, { auth: data.token });
  try {
    const before = await client.preload({ kind: "query", path: "workspaces.mine" });
    const next = new Promise((resolve) => client.onTransition(() => resolve(client.peek({ kind: "query", path: "workspaces.mine" }, {}).data)));
    await client.mutate({ kind: "mutation", path: "issues.add" }, { project: data.project, title: "by a worker" });
    self.postMessage({ before, after: await next });
  } catch (error) {
    self.postMessage({ error: String(error) });
  } finally {
    client.close();
  }
};`;

async function workerScript(): Promise<string> {
  const answer = await build({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    logLevel: "warn",
    plugins: [{ name: "worker-client", resolveId: (id) => (id === entry ? id : undefined), load: (id) => (id === entry ? source : undefined) }],
    build: { write: false, target: "es2022", rollupOptions: { input: entry, output: { format: "iife" } } },
  });
  const [output] = (Array.isArray(answer) ? answer : [answer]) as { output: { code?: string }[] }[];
  return output!.output[0]!.code!;
}

/** Open issues of the caller's first project, before and after a mutation, as a client in a dedicated worker of the page sees them. */
export async function runInWorker(page: Page, account: number, project: number): Promise<unknown> {
  return page.evaluate(
    async ([code, account_, project_]) => {
      const reply = await fetch("/demo/token", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ account: account_ }) });
      const { token } = (await reply.json()) as { token: string };
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      try {
        return await new Promise((resolve) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.postMessage({ url: location.origin, token, project: project_ });
        });
      } finally {
        worker.terminate();
      }
    },
    [await workerScript(), account, project] as const,
  );
}
