// Checks the package in the current folder as it would be published: publint and attw on the packed file.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "freshet-pack-"));
const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
try {
  run("npm", "pack", "--silent", "--pack-destination", folder);
  const packed = join(folder, readdirSync(folder)[0]);
  run("publint", "--strict", packed);
  run("attw", packed);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
