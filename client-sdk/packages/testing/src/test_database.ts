import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** What makes the schema: SQL files and folders of them (`*.test.sql` left out), or a function that runs migrations on an empty database. */
export type Apply = string | readonly string[] | ((ownerUrl: string) => Promise<void>);

export interface TestDatabase {
  readonly ownerUrl: string;
  readonly callUrl: string;
  readonly streamUrl: string;
  drop(): Promise<void>;
}

const roles = { owner: "freshet_test_owner", call: "freshet_test_call", stream: "freshet_test_stream" } as const;

/** A database copied from a template, which is made once for each schema however many workers ask for it. */
export async function createDatabase(adminUrl: string, apply: Apply): Promise<TestDatabase> {
  const template = await makeTemplate(adminUrl, apply);
  const name = `freshet_test_${randomBytes(8).toString("hex")}`;
  await withClient(adminUrl, async (admin) => {
    // Two copies at once of one template refuse each other.
    await admin.query("SELECT pg_advisory_lock(hashtext($1))", [template]);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${roles.owner}`);
  });
  const url = (role: keyof typeof roles) => urlOf(adminUrl, role, name);
  return {
    ownerUrl: url("owner"),
    callUrl: url("call"),
    streamUrl: url("stream"),
    drop: () => withClient(adminUrl, (admin) => drop(admin, name)),
  };
}

/** The gateway's replication slot ends a moment after the gateway; until then the database is in use. */
async function drop(admin: pg.Client, name: string): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "55006" || Date.now() > end) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function makeTemplate(adminUrl: string, apply: Apply): Promise<string> {
  const scripts = typeof apply === "function" ? undefined : filesOf(apply).map((path) => ({ path, text: readFileSync(path, "utf8") }));
  // What a function does is not known: its template is its own.
  const seed = scripts === undefined ? randomBytes(16).toString("hex") : JSON.stringify(scripts.map(({ text }) => text));
  const name = `freshet_template_${createHash("sha256").update(seed).digest("hex").slice(0, 16)}`;
  await withClient(adminUrl, async (admin) => {
    await admin.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    const known = await admin.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (known.rowCount !== 0) {
      return;
    }
    await admin.query("SELECT pg_advisory_lock(hashtext('freshet_test roles'))");
    await makeRoles(admin, adminUrl);
    const unfinished = `${name}_new`;
    await admin.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${unfinished} OWNER ${roles.owner}`);
    await withClient(urlOf(adminUrl, undefined, unfinished), async (database) => {
      await database.query("CREATE EXTENSION freshet");
      await database.query("SELECT freshet.grant_gateway($1, $2)", [roles.call, roles.stream]);
      await database.query(`GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO ${roles.owner}`);
    });
    const ownerUrl = urlOf(adminUrl, "owner", unfinished);
    if (typeof apply === "function") {
      await apply(ownerUrl);
    } else {
      await withClient(ownerUrl, async (owner) => {
        for (const { path, text } of scripts!) {
          await owner.query(text).catch((error: { message: string; position?: string; hint?: string }) => {
            throw new Error(`${path}${placeOf(text, error.position)}: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`);
          });
        }
      });
    }
    await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
  });
  return name;
}

async function makeRoles(admin: pg.Client, adminUrl: string): Promise<void> {
  for (const role of Object.keys(roles) as (keyof typeof roles)[]) {
    const known = await admin.query("SELECT FROM pg_roles WHERE rolname = $1", [roles[role]]);
    const verb = known.rowCount === 0 ? "CREATE" : "ALTER";
    const rights = role === "stream" ? "LOGIN REPLICATION" : "LOGIN";
    await admin.query(`${verb} ROLE ${roles[role]} ${rights} PASSWORD '${passwordOf(adminUrl, role)}'`);
  }
}

/** The same in every worker, and not to be guessed by who does not know the administrator's URL. */
function passwordOf(adminUrl: string, role: string): string {
  return createHash("sha256").update(`${adminUrl} ${role}`).digest("hex").slice(0, 32);
}

function urlOf(adminUrl: string, role: keyof typeof roles | undefined, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (role !== undefined) {
    url.username = roles[role];
    url.password = passwordOf(adminUrl, role);
  }
  return url.href;
}

function filesOf(apply: string | readonly string[]): string[] {
  return (typeof apply === "string" ? [apply] : apply).flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => name.endsWith(".sql") && !name.endsWith(".test.sql"))
          .sort()
          .map((name) => join(path, name))
      : [path],
  );
}

function placeOf(text: string, position: string | undefined): string {
  return position === undefined ? "" : `:${text.slice(0, Number(position)).split("\n").length}`;
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A server that ends under a connection: the query that is running says so.
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
