/** docs/migrations.md works as it stands there, under a client that watches. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';
import type { Subscription } from '../harness/sync_client.ts';

let list: Subscription;
const seen: string[] = [];

const page = useDocPage('docs/migrations.md', {
  fixture: 'teams',
  async before(block, page) {
    const at = page.blocks.indexOf(block);
    if (at === 1) {
      const client = await (await page.serve()).client();
      list = await client.live('tasks.list', { team: 1 });
      client.onTransition = () => seen.push(list.error?.code ?? Object.keys((list.value as object[])[0]!).join());
    }
    if (at === 2) await eventually('the new column is there', () => seen.at(-1) === 'id,title,assignee');
    if (at === 5) await eventually('the function misses its column', () => seen.at(-1) === 'schema_changed');
  },
});

test('the list has the new column, is an error while its function is broken, and comes back', async () => {
  explainPage(page);
  await eventually('the list is back', () => list.error === undefined);
  expect(list.value).toEqual([
    { id: 1, title: 'Paint the door', assignee: 'ada' },
    { id: 2, title: 'Buy rye', assignee: null },
  ]);
  // Neither of the two replacements was seen as anything else.
  const inOrder = seen.filter((state, i) => state !== seen[i - 1]);
  expect(inOrder.filter((state) => state !== 'id,title')).toEqual(['id,title,assignee', 'schema_changed', 'id,title,assignee']);
});

test('what is exposed is dumped with the database', async () => {
  expect(await page.cluster.rows('admin', "SELECT path, problem FROM freshet.functions")).toEqual([['tasks.list', null]]);
});
