/** What docs/existing-database.md says works as it stands there, in its order, and alters no table. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { main as codegen } from '../../client-sdk/packages/codegen/src/cli.ts';
import { freshet } from '../harness/cli.ts';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { fixture } from '../harness/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/existing-database.md'), 'utf8');
const blocks = (info: string): string[] => [...page.matchAll(/^```(.*)\n([^]*?)^```$/gm)].filter((block) => block[1] === info).map((block) => block[2]!);

let cluster: Cluster;
let gateway: Gateway;
let folder: string;
let before: unknown[][];

/** Everything about the tables that a migration tool would see. */
const tables = (): Promise<unknown[][]> =>
  cluster.rows(
    'admin',
    `SELECT c.oid::regclass::text, c.relnatts, c.relreplident, c.relhastriggers, c.relrowsecurity, c.relowner::regrole::text,
            (SELECT array_agg(a.attname || ' ' || a.atttypid::regtype ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshet-existing-'));
  cluster = await Cluster.start({ extension: false });
  await cluster.sql('admin', fixture('shop'));
  // The harness has made the gateway's roles; here the page makes them, and they get back the passwords that the harness knows.
  await cluster.sql('admin', 'DROP ROLE freshet_call, freshet_stream');
  before = await tables();
  const [setUp, tryOut] = blocks('sql superuser');
  await cluster.sql('admin', setUp!);
  for (const role of ['call', 'stream'] as const) await cluster.sql('admin', `ALTER ROLE freshet_${role} PASSWORD '${cluster.passwords[role]}'`);
  const api = new pg.Client({ connectionString: cluster.url('owner').replace(/\/\/[^@]*@/, '//shop_api:third%20secret@') });
  await api.connect();
  for (const block of blocks('sql shop_api')) await api.query(block);
  await api.end();
  await cluster.sql('admin', tryOut!);
  gateway = await Gateway.start(cluster);
});

afterAll(async () => {
  await gateway?.remove();
  await cluster?.remove();
  await rm(folder, { recursive: true });
});

const explain = (): void => onTestFailed(() => console.error(`${gateway.log().slice(-4000)}\n${cluster.log().slice(-4000)}`));

test('the query is live for its customer, whoever writes, and closed to others', async () => {
  explain();
  const ada = await gateway.client({ sub: 'ada' });
  const orders = await ada.live('shop.orders_of', { customer: 1 });
  expect(orders.value).toMatchObject([{ id: 1, total: '13.20' }]);
  await cluster.psql('admin', "UPDATE order_lines SET quantity = 3 WHERE product = 'rye'");
  await eventually('the sum follows', () => (orders.value as { total: string }[])[0]?.total === '17.40');
  expect((await ada.live('shop.orders_of', { customer: 2 })).error?.code).toBe('forbidden');
});

test('no table was altered', async () => {
  expect(await tables()).toEqual(before);
});

test('the component compiles against the generated types, and a renamed column is found', async () => {
  const said: string[] = [];
  const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
  expect(await codegen(['--url', gateway.url, '--out', join(folder, 'api.ts')], output), said.join('')).toBe(0);
  await writeFile(join(folder, 'app.tsx'), `declare function fetchToken(): Promise<string>;\n${blocks('tsx')[0]!}`);
  const config = {
    extends: join(root, 'client-sdk/tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      jsx: 'react-jsx',
      types: [],
      paths: {
        '@freshet/client': [join(root, 'client-sdk/packages/core/src/index.ts')],
        '@freshet/react': [join(root, 'client-sdk/packages/react/src/index.ts')],
        react: [join(root, 'node_modules/@types/react')],
        'react/jsx-runtime': [join(root, 'node_modules/@types/react/jsx-runtime')],
      },
    },
    files: ['app.tsx'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compile = () =>
    promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).then(
      () => '',
      (error: { stdout?: string }) => error.stdout || String(error),
    );
  expect(await compile()).toBe('');
  const types = await readFile(join(folder, 'api.ts'), 'utf8');
  await writeFile(join(folder, 'api.ts'), types.replace('readonly total', 'readonly sum'));
  expect(await compile()).toMatch(/'total' does not exist/);
});

test('the SQL test passes, and leaves nothing behind', async () => {
  explain();
  const file = join(folder, 'orders.test.sql');
  await writeFile(file, blocks('sql test')[0]!);
  const said = await freshet(['test', file], { FRESHET_OWNER_URL: cluster.url('admin') });
  expect(said.out).toContain('# 2 passed, 0 failed');
  expect(await cluster.rows('admin', 'SELECT count(*) FROM customers')).toEqual([['2']]);
});
