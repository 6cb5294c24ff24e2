/** docs/existing-database.md works as it stands there, in its order, and alters no table. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { compile } from '../harness/doc_module.ts';
import { explainPage, useDocPage, type DocPage } from '../harness/doc_page.ts';

let before: unknown[][];

/** Everything about the tables that a migration tool would see. */
const tables = ({ cluster }: DocPage): Promise<unknown[][]> =>
  cluster.rows(
    'admin',
    `SELECT c.oid::regclass::text, c.relnatts, c.relreplident, c.relhastriggers, c.relrowsecurity, c.relowner::regrole::text,
            (SELECT array_agg(a.attname || ' ' || a.atttypid::regtype ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );

const page = useDocPage('docs/existing-database.md', {
  fixture: 'shop',
  cluster: { extension: false },
  async before(block, page) {
    const { cluster, blocks } = page;
    const firstSql = blocks.findIndex((each) => each.language === 'sql');
    if (block === blocks[firstSql]) {
      // The harness has made the gateway's roles; here the page makes them.
      await cluster.sql('admin', 'DROP ROLE freshet_call, freshet_stream');
      before = await tables(page);
    }
    // They get back the passwords that the harness knows.
    if (block === blocks[firstSql + 1]) {
      for (const role of ['call', 'stream'] as const) await cluster.sql('admin', `ALTER ROLE freshet_${role} PASSWORD '${cluster.passwords[role]}'`);
    }
  },
});

test('the query is live for its customer, whoever writes, and closed to others', async () => {
  explainPage(page);
  const ada = await page.gateway.client({ sub: 'ada' });
  const orders = await ada.live('shop.orders_of', { customer: 1 });
  expect(orders.value).toMatchObject([{ id: 1, total: '13.20' }]);
  await page.cluster.psql('admin', "UPDATE order_lines SET quantity = 3 WHERE product = 'rye'");
  await eventually('the sum follows', () => (orders.value as { total: string }[])[0]?.total === '17.40');
  expect((await ada.live('shop.orders_of', { customer: 2 })).error?.code).toBe('forbidden');
});

test('no table was altered', async () => {
  expect(await tables(page)).toEqual(before);
});

test('the component compiles against the generated types, and a renamed column is found', async () => {
  const source = page.blocks.find((block) => block.language === 'tsx')!.text;
  const component = `declare function fetchToken(): Promise<string>;\n${source}`;
  const folder = join(page.folder, 'src');
  expect(await compile(folder, 'app.tsx', component)).toBe('');
  const types = await readFile(join(folder, 'api.ts'), 'utf8');
  await writeFile(join(folder, 'api.ts'), types.replace('readonly total', 'readonly sum'));
  expect(await compile(folder, 'app.tsx', component)).toMatch(/'total' does not exist/);
});

test('its test leaves nothing behind', async () => {
  expect(await page.cluster.rows('admin', 'SELECT count(*) FROM customers')).toEqual([['2']]);
});
