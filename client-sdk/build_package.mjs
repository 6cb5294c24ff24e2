// Builds the package in the current folder with tsc alone: dist/esm and dist/cjs, each with its own declarations, so that
// either module system sees types of its own kind. A package.json in dist/cjs says what the files there are.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
const formats = [
  { folder: "esm", type: "module", flags: ["--module", "esnext"] },
  { folder: "cjs", type: "commonjs", flags: ["--module", "commonjs"] },
];

rmSync("dist", { recursive: true, force: true });
for (const { folder, type, flags } of formats) {
  const flagsOut = ["-p", "tsconfig.build.json", "--outDir", join("dist", folder), ...flags];
  execFileSync(process.execPath, [tsc, ...flagsOut], { stdio: "inherit" });
  mkdirSync(join("dist", folder), { recursive: true });
  writeFileSync(join("dist", folder, "package.json"), JSON.stringify({ type, sideEffects: false }) + "\n");
}
