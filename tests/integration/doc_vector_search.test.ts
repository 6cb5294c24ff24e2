/** docs/vector-search.md: what can be executed without pgvector works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/vector-search.md');
const bodies = (value: unknown): string[] => (value as { body: string }[]).map((note) => note.body);

test('a neighbour that comes, moves and goes is seen, and a column that is not used runs nothing where old rows are known', async () => {
  explainPage(page);
  const gateway = await page.serve();
  const client = await gateway.client();
  const near = await client.live('notes.near', { point: [5.25, 0] });
  await page.cluster.sql('owner', "INSERT INTO app.note (author, body, embedding) VALUES ('ben', 'the nearest', cube(ARRAY[5.25, 0]::float8[]))");
  await eventually('the nearest leads', () => bodies(near.value)[0] === 'the nearest');
  await page.cluster.sql('owner', 'ALTER TABLE app.note REPLICA IDENTITY FULL');
  // The table is announced to the stream by now; what changed before counted as a change of the whole table.
  await page.cluster.sql('owner', "UPDATE app.note SET body = 'the very nearest' WHERE body = 'the nearest'");
  await eventually('its name has changed', () => bodies(near.value)[0] === 'the very nearest');
  // Pairs of a commit and a live query that it may concern.
  const hits = await gateway.metric('freshet_live_hits_total');
  await page.cluster.sql('owner', 'UPDATE app.note SET stars = 5 WHERE id <= 20');
  await page.cluster.sql('owner', "UPDATE app.note SET embedding = cube(ARRAY[900, 0]::float8[]) WHERE body = 'the very nearest'");
  await eventually('it has moved away', () => !bodies(near.value).includes('the very nearest'));
  expect((await gateway.metric('freshet_live_hits_total')) - hits).toBe(1);
  await page.cluster.sql('owner', "DELETE FROM app.note WHERE body = 'note 5'");
  await eventually('the gap is filled', () => bodies(near.value).join() === 'note 6,note 4,note 7');
});
