import { readFile } from "node:fs/promises";
import { text as streamText } from "node:stream/consumers";
import { CatalogError } from "./catalog.js";

const timeoutMs = 15_000;
/** How long one question of watchCatalog() is left open. The gateway answers it when the catalog changes. */
const waitSeconds = 50;
const retryMs = [250, 500, 1_000, 2_000];

export interface Gateway {
  readonly url: URL;
  readonly token: string | undefined;
}

export async function fileCatalog(path: string): Promise<unknown> {
  return path === "-" ? parseJson(await streamText(process.stdin), "the standard input") : parseJson(await readFile(path, "utf8"), path);
}

export async function gatewayCatalog(gateway: Gateway): Promise<unknown> {
  const { text, url } = await ask(gateway, {}, AbortSignal.timeout(timeoutMs));
  return parseJson(text, url);
}

/**
 * Every catalog from now on, the present one first, until the signal aborts. The gateway holds each question until its own catalog has
 * changed, which it hears from the stream of changes. While it is away it is asked again, and `onTrouble` is told once.
 */
export async function* watchCatalog(gateway: Gateway, signal: AbortSignal, onTrouble: (error: unknown) => void): AsyncGenerator<unknown> {
  let tag: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = tag === null ? {} : { "if-none-match": tag, prefer: `wait=${waitSeconds}` };
      const answer = await bounded(signal, waitSeconds * 1_000 + timeoutMs, (limited) => ask(gateway, headers, limited));
      failures = 0;
      if (answer.isNew) {
        tag = answer.tag;
        yield parseJson(answer.text, answer.url);
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (failures === 0) {
        onTrouble(error);
      }
      await pause(retryMs[Math.min(failures++, retryMs.length - 1)]!, signal);
    }
  }
}

interface Answer {
  readonly url: string;
  readonly isNew: boolean;
  readonly text: string;
  readonly tag: string | null;
}

async function ask({ url: base, token }: Gateway, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const url = new URL("/api/catalog", base).href;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) }, signal });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CatalogError(`${url} cannot be reached: ${messageOf(cause)}. Is the gateway running there? --url names another`);
  }
  if (response.status !== 304 && !response.ok) {
    throw new CatalogError(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  }
  return { url, isNew: response.status !== 304, text, tag: response.headers.get("etag") };
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CatalogError(`${from} is not JSON`);
  }
}

/** Runs `work` with a signal that the given one or the time ends, and leaves nothing behind at the given one. */
async function bounded<T>(signal: AbortSignal, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new Error("no answer in time")), ms);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) {
      abort();
    }
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
