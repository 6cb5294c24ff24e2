/** Drizzle, as a team uses it: the schema read from a database that is there, migrations made from what was changed in it, and run. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Cluster } from './cluster.ts';

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

export class Drizzle {
  private constructor(
    private readonly cluster: Cluster,
    private readonly folder: string,
  ) {}

  /** Reads these tables of a schema. The folder is where the ORM's packages can be imported from. */
  static async pull(cluster: Cluster, schema: string, tables: readonly string[]): Promise<Drizzle> {
    const folder = await mkdtemp(join(packages, '.drizzle-'));
    const orm = new Drizzle(cluster, folder);
    const config = { dialect: 'postgresql', schema: './migrations/schema.ts', out: './migrations', schemaFilter: [schema], tablesFilter: tables, dbCredentials: { url: cluster.url('owner') } };
    await writeFile(join(folder, 'drizzle.config.ts'), `export default ${JSON.stringify(config)};`);
    await orm.kit(['pull']);
    // The first migration would make what is there already.
    const first = (await readdir(join(folder, 'migrations'))).find((found) => found.endsWith('.sql'))!;
    await writeFile(join(folder, 'migrations', first), 'SELECT 1;');
    return orm;
  }

  /** Changes the schema's text; `renamed` answers the question whether a new column is an old one under another name. Gives the SQL that was made. */
  async change(name: string, change: (schema: string) => string, renamed = false): Promise<string> {
    const path = join(this.folder, 'migrations/schema.ts');
    const before = await readFile(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing of the schema is changed by ${name}:\n${before}`);
    await writeFile(path, after);
    const said = await this.kit(['generate', '--name', name], renamed);
    const file = (await readdir(join(this.folder, 'migrations'))).find((found) => found.endsWith(`_${name}.sql`));
    if (file === undefined) throw new Error(`no migration was made: ${said}`);
    return readFile(join(this.folder, 'migrations', file), 'utf8');
  }

  /** Runs what was not run yet, in one transaction, as the owner of the tables. */
  async migrate(): Promise<void> {
    const client = await this.cluster.connect('owner');
    try {
      await migrate(drizzle(client), { migrationsFolder: join(this.folder, 'migrations'), migrationsSchema: 'orm' });
    } finally {
      await client.end();
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** The question is asked on a terminal only, which `script` is. */
  private kit(args: readonly string[], renamed = false): Promise<string> {
    const command = [join(packages, '.bin/drizzle-kit'), ...args, '--config', 'drizzle.config.ts'];
    const child = spawn('script', ['-qec', command.join(' '), '/dev/null'], { cwd: this.folder, stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
    let said = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const last = said.slice(said.lastIndexOf('\u276f'));
      if (renamed && !asked && last.includes('create column') && last.includes('rename column')) {
        asked = true;
        child.stdin.write('\u001b[B');
      } else if (asked && /^\u276f[^+\n]*rename column/.test(last)) {
        child.stdin.end('\r');
      }
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`drizzle-kit ${args.join(' ')} ended with ${code}: ${said}`))));
    });
  }
}
