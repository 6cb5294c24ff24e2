import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The gateway's binary: as given, FRESHET_BIN, or `freshet` on the PATH. */
export function findGateway(given: string | undefined): string {
  const found = given ?? process.env["FRESHET_BIN"] ?? onPath("freshet");
  if (found === undefined || !existsSync(found)) {
    throw new Error(`${found === undefined ? "there is no program freshet on the PATH" : `${found} does not exist`}: set FRESHET_BIN, or the option gateway`);
  }
  return found;
}

/** The folder of PostgreSQL's own programs: as given, FRESHET_PG_BIN, where `postgres` is on the PATH, or the newest that is installed. */
export function findPostgres(given: string | undefined): string {
  const named = given ?? process.env["FRESHET_PG_BIN"];
  if (named !== undefined) {
    return named;
  }
  const program = onPath("postgres");
  if (program !== undefined) {
    return join(program, "..");
  }
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).filter((version) => existsSync(join(root, version, "bin/postgres"))) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) {
    throw new Error("there is no PostgreSQL here: set FRESHET_PG_BIN to the folder of its programs, or FRESHET_TEST_ADMIN_URL to a server that runs");
  }
  return join(root, newest, "bin");
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
