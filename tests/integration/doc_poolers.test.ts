/** docs/poolers.md works as it stands there: what writers may go through, and what the gateway may not. */
import { afterAll, expect, test } from 'vitest';
import { Bouncer } from '../harness/bouncer.ts';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';
import type { Subscription } from '../harness/sync_client.ts';

let bouncer: Bouncer | undefined;
let list: Subscription;

const page = useDocPage('docs/poolers.md', {
  fixture: 'teams',
  environment: ({ cluster }) => ({
    DATABASE_URL: bouncer!.url(cluster, 'owner'),
    POOLED_CALL_URL: bouncer!.url(cluster, 'call'),
    POOLED_STREAM_URL: bouncer!.url(cluster, 'stream'),
  }),
  async before(block, page) {
    if (block !== page.blocks[1]) return;
    bouncer = await Bouncer.start(page.cluster, page.blocks[0]!.text);
    await page.cluster.sql(
      'owner',
      `CREATE FUNCTION tasks.list() RETURNS TABLE (title text, assignee text) STABLE LANGUAGE sql AS 'SELECT t.title, t.assignee FROM app.task t ORDER BY t.id';
       SELECT freshet.expose('tasks.list', public => true)`,
    );
    list = await (await (await page.serve()).client()).live('tasks.list');
  },
});

afterAll(() => bouncer?.stop());

test('what is written through a pooler in transaction mode is seen, commit by commit', async () => {
  explainPage(page);
  await eventually('both commits are there', () => !JSON.stringify(list.value).includes('Buy rye'));
  expect(list.value).toContainEqual({ title: 'by way of the pooler', assignee: 'ada' });
});
