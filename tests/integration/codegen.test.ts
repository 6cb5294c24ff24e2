/** Types from a live catalog: what a compiler says of an app when the database changes, and how soon it is told. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../client-sdk/packages/codegen/src/cli.ts';
import { eventually } from '../harness/deadline.ts';
import { gatewayBinary } from '../harness/gateway.ts';
import { explain, useStack } from '../harness/stack.ts';

const root = new URL('../..', import.meta.url).pathname;

const schema = `
  CREATE SCHEMA app;
  CREATE SCHEMA issues;
  CREATE TYPE app.state AS ENUM ('open', 'done');
  CREATE TABLE app.project (id uuid PRIMARY KEY, name text NOT NULL);
  CREATE TABLE app.issue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, project_id uuid NOT NULL REFERENCES app.project, title text NOT NULL,
    state app.state NOT NULL DEFAULT 'open', due_at timestamptz);
  CREATE FUNCTION issues.list(project uuid) RETURNS TABLE (id bigint, project_id uuid, title text, state app.state, due_at timestamptz)
    STABLE LANGUAGE sql AS $$ SELECT i.id, i.project_id, i.title, i.state, i.due_at FROM app.issue i WHERE i.project_id = list.project ORDER BY i.id $$;
  COMMENT ON FUNCTION issues.list IS 'The issues of a project';
  CREATE FUNCTION issues.add(project uuid, title text, state app.state DEFAULT 'open') RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO app.issue (project_id, title, state) VALUES (add.project, add.title, add.state) RETURNING id $$;
  SELECT freshet.expose('issues.list', public => true);
  SELECT freshet.expose('issues.add', public => true, errors => '{issue_archived}');
`;

const app = [
  `import type { FreshetClient } from '@freshet/client';`,
  `import { api, type IssuesListArgs } from './api.js';`,
  `export async function titles(client: FreshetClient, args: IssuesListArgs): Promise<string[]> {`,
  `  const rows = await client.query(api.issues.list, args);`,
  `  return rows.map((row) => row.title);`,
  `}`,
].join('\n');

/** Loaded by its path: the types of the tests know no browser. */
interface ClientModule {
  FreshetClient: new (url: string, options: object) => { query(reference: unknown, args: object): Promise<unknown>; close(): void };
}

describe('freshet codegen', () => {
  const stack = useStack({ sql: schema });
  let folder: string;
  let said: string[];
  const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
  const out = () => join(folder, 'api.ts');
  const generate = (...options: string[]) => main(['--url', stack.gateway.url, '--out', out(), ...options], output);

  beforeAll(async () => {
    // Below the tests, so that what is generated can be imported by them.
    folder = await mkdtemp(join(root, 'tests/.codegen-'));
    await writeFile(join(folder, 'app.ts'), app);
    const compilerOptions = { noEmit: true, types: [], paths: { '@freshet/client': [join(root, 'client-sdk/packages/core/src/index.ts')] } };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'client-sdk/tsconfig.base.json'), compilerOptions, include: ['*.ts'] }));
    said = [];
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => {
    said = [];
  });

  /** What the compiler says of the app beside the generated types. */
  const compile = () =>
    new Promise<string>((resolve) => execFile(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], (_, text) => resolve(text)));

  test('types what is exposed, and the app compiles', async () => {
    explain(stack);
    expect(await generate(), said.join('')).toBe(0);
    const text = await readFile(out(), 'utf8');
    expect(text).toContain('/** The issues of a project */');
    expect(text).toContain('readonly state: State;');
    expect(text).toContain('readonly due_at: string | null;');
    expect(text).toContain('export type IssuesAddError = FunctionError<"issue_archived">;');
    expect(text).not.toMatch(/\bany\b/);
    expect(await compile()).toBe('');
    expect(await generate('--check')).toBe(0);
  });

  test('a column that goes makes tsc fail at the call site, and --check before that', async () => {
    explain(stack);
    await generate();
    await stack.cluster.sql('owner', `BEGIN; DROP FUNCTION issues.list;
      CREATE FUNCTION issues.list(project uuid) RETURNS TABLE (id bigint, project_id uuid, headline text, state app.state, due_at timestamptz)
        STABLE LANGUAGE sql AS $$ SELECT i.id, i.project_id, i.title, i.state, i.due_at FROM app.issue i WHERE i.project_id = list.project ORDER BY i.id $$; COMMIT`);
    try {
      await eventually('--check fails', async () => (await generate('--check')) === 1);
      expect(said.at(-1)).toMatch(/~ IssuesListRow\n\s+- readonly title: string;\n\s+\+ readonly headline: string;/);
      await generate();
      expect(await compile()).toMatch(/app\.ts\(5,32\): error TS\d+: Property 'title' does not exist/);
    } finally {
      await stack.cluster.sql('owner', `BEGIN; DROP FUNCTION issues.list;
        CREATE FUNCTION issues.list(project uuid) RETURNS TABLE (id bigint, project_id uuid, title text, state app.state, due_at timestamptz)
          STABLE LANGUAGE sql AS $$ SELECT i.id, i.project_id, i.title, i.state, i.due_at FROM app.issue i WHERE i.project_id = list.project ORDER BY i.id $$; COMMIT`);
    }
    await eventually('the types are as before', async () => (await generate()) === 0 && (await compile()) === '');
  });

  test('--watch writes when a function changes, is exposed or gets a comment, over a restart of the gateway too', async () => {
    explain(stack);
    const interrupted = new AbortController();
    const watching = main(['--url', stack.gateway.url, '--out', out(), '--watch', '--case', 'camel'], output, { signal: interrupted.signal });
    const written = (what: string, part: string | RegExp) =>
      eventually(what, async () => {
        const text = await readFile(out(), 'utf8');
        return typeof part === 'string' ? text.includes(part) : part.test(text);
      });
    try {
      await written('the first module', 'readonly dueAt: string | null;');
      const count = (type: string) => `CREATE OR REPLACE FUNCTION issues.due_count(project uuid) RETURNS ${type} STABLE LANGUAGE sql AS $$ SELECT count(*)::${type} FROM app.issue i WHERE i.project_id = due_count.project $$`;
      await stack.cluster.sql('owner', `${count('int')}; SELECT freshet.expose('issues.due_count', public => true)`);
      await written('what was exposed', 'dueCount: functionReference<"query", IssuesDueCountArgs, IssuesDueCountResult>("query", "issues.due_count"');
      await stack.cluster.sql('owner', `COMMENT ON FUNCTION issues.due_count IS 'How many are left'`);
      await written('the comment', '/** How many are left */');
      await stack.gateway.stop('SIGKILL');
      await stack.gateway.boot();
      await stack.cluster.sql('owner', `ALTER TYPE app.state RENAME VALUE 'done' TO 'closed'`);
      await written('the label', '"open" | "closed"');
      await stack.cluster.sql('owner', `DROP FUNCTION issues.due_count; SELECT freshet.hide('issues.due_count')`);
      await eventually('what is gone', async () => !(await readFile(out(), 'utf8')).includes('dueCount'));
    } finally {
      interrupted.abort();
    }
    expect(await watching).toBe(0);
    expect(said.filter((text) => text.includes('cannot be reached')).length).toBe(1);
  });

  test('what --case camel calls otherwise is translated on the way to the real gateway and back', async () => {
    explain(stack);
    const project = '5f0c0000-0000-4000-8000-000000000001';
    await stack.cluster.sql('owner', `INSERT INTO app.project VALUES ('${project}', 'p'); INSERT INTO app.issue (project_id, title) VALUES ('${project}', 't')`);
    await generate('--case', 'camel');
    const source = join(root, 'client-sdk/packages/core/src/index.ts');
    await writeFile(out(), (await readFile(out(), 'utf8')).replace('"@freshet/client"', JSON.stringify(source)));
    const { api } = (await import(out())) as { api: { issues: { list: unknown } } };
    const { FreshetClient } = (await import(source)) as ClientModule;
    const { WebSocket } = await import('ws');
    const client = new FreshetClient(stack.gateway.url, { webSocket: WebSocket });
    try {
      const rows = await client.query(api.issues.list, { project });
      expect(rows).toEqual([{ id: expect.any(Number) as number, projectId: project, title: 't', state: expect.any(String) as string, dueAt: null }]);
    } finally {
      client.close();
    }
  });
});

describe('the command of the gateway', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'freshet-command-'));
    const program = join(folder, 'node_modules/.bin/freshet-codegen');
    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
    await mkdir(join(folder, 'packages/web'), { recursive: true });
    await writeFile(program, 'console.log(JSON.stringify(process.argv.slice(2)));\nprocess.exitCode = 7;\n');
    await chmod(program, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (cwd: string, path: string, ...words: string[]) =>
    new Promise<{ code: number | string | null | undefined; out: string; err: string }>((resolve) => {
      execFile(gatewayBinary, ['codegen', ...words], { cwd, env: { PATH: path } }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
    });

  test('runs the generator of the project that it is called in, with all its words', async () => {
    const { code, out } = await run(join(folder, 'packages/web'), process.env['PATH'] ?? '', '--help', '--out', 'a b', '--what=ever');
    expect(JSON.parse(out)).toEqual(['--help', '--out', 'a b', '--what=ever']);
    expect(code).toBe(7);
  });

  test('says what to do when there is no Node', async () => {
    const { code, err } = await run(folder, '/nonexistent', '--out', 'x');
    expect(code).toBe(1);
    expect(err).toContain('needs Node 18 or newer');
    expect(err).toContain('npm install --save-dev @freshet/codegen');
  });
});
