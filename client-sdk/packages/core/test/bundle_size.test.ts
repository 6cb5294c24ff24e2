import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the client is at most 12 KiB, minified and compressed, and depends on nothing", async () => {
  const bundle = await build({
    entryPoints: [new URL("../src/index.ts", import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(bundle.metafile.inputs);
  expect(inputs.filter((path) => path.includes("node_modules"))).toEqual([]);
  expect(gzipSync(bundle.outputFiles[0]!.contents).length).toBeLessThanOrEqual(12 * 1024);
});

test("a module that only names functions brings no client with it", async () => {
  const bundle = await build({
    stdin: {
      contents: 'import { functionReference } from "./index.ts"; export const list = functionReference("query", "messages.list");',
      resolveDir: new URL("../src", import.meta.url).pathname,
      loader: "ts",
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  expect(bundle.outputFiles[0]!.contents.length).toBeLessThanOrEqual(300);
});
