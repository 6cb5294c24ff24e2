import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
const client = new URL("../../core/src/index.ts", import.meta.url).pathname;

const strictest = {
  target: "es2022",
  lib: ["es2022", "dom"],
  module: "esnext",
  moduleResolution: "bundler",
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  types: [],
};

/** What tsc says of an app of these files, in the strictest settings; empty when nothing. `@freshet/client` is that of this repository. */
export async function typecheck(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-types-"));
  try {
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    const config = { compilerOptions: { ...strictest, paths: { "@freshet/client": [client] } }, include: ["*.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
    }
    return await new Promise((resolve) => {
      execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder }, (_, out, err) => resolve(out + err));
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
