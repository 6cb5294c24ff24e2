/** docs/vector-search.md: what can be executed without pgvector works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/vector-search.md');
const bodies = (value: unknown): string[] => (value as { body: string }[]).map((note) => note.body);

test('a neighbour that comes, moves and goes is seen, and a column that is not used runs nothing', async () => {
  explainPage(page);
  const gateway = await page.serve();
  const client = await gateway.client();
  const near = await client.live('notes.near', { point: [5.25, 0] });
  await page.cluster.sql('owner', "INSERT INTO app.note (author, body, embedding) VALUES ('ben', 'the nearest', cube(ARRAY[5.25, 0]::float8[]))");
  await eventually('the nearest leads', () => bodies(near.value)[0] === 'the nearest');
  const ran = await gateway.metric('freshet_live_runs_total');
  await page.cluster.sql('owner', 'UPDATE app.note SET stars = 5');
  await page.cluster.sql('owner', "UPDATE app.note SET embedding = cube(ARRAY[900, 0]::float8[]) WHERE body = 'the nearest'");
  await eventually('it has moved away', () => !bodies(near.value).includes('the nearest'));
  expect(await gateway.metric('freshet_live_runs_total')).toBe(ran + 1);
  await page.cluster.sql('owner', "DELETE FROM app.note WHERE body = 'note 5'");
  await eventually('the gap is filled', () => bodies(near.value).join() === 'note 6,note 4,note 7');
});
