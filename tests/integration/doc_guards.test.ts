/** docs/guards.md works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/guards.md', { fixture: 'teams' });

test('the end of a membership takes the list away, and its return puts it back', async () => {
  explainPage(page);
  await page.serve();
  const ada = await page.gateway.client({ sub: 'ada' });
  const list = await ada.live('tasks.list', { team: 1 });
  expect(list.value).toHaveLength(2);
  await page.cluster.sql('owner', "DELETE FROM app.member WHERE user_id = 'ada'");
  await eventually('the list is closed', () => list.error?.code === 'forbidden');
  await page.cluster.sql('owner', "INSERT INTO app.member VALUES (1, 'ada')");
  await eventually('the list is open', () => list.error === undefined && (list.value as unknown[]).length === 2);
});

test('who is not signed in is told so', async () => {
  explainPage(page);
  const nobody = await (await page.serve()).client();
  expect((await nobody.live('tasks.list', { team: 1 })).error?.code).toBe('unauthenticated');
});

test('a task of another team and one that does not exist are told alike', async () => {
  explainPage(page);
  const cleo = await (await page.serve()).client({ sub: 'cleo' });
  const other = await cleo.mutate('tasks.rename', { task: 1, title: 'x' });
  const none = await cleo.mutate('tasks.rename', { task: 999, title: 'x' });
  expect(other.error).toEqual(none.error);
});
