/** docs/functions.md works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { compile } from '../harness/doc_module.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/functions.md', { tokens: { TOKEN_ADA: { sub: 'ada' } } });

test('its queries are live, and follow what its mutations do', async () => {
  explainPage(page);
  const cleo = await page.gateway.client({ sub: 'cleo' });
  const list = await cleo.live('tasks.list', { team: 2 });
  const board = await cleo.live('tasks.board', { team: 2 });
  await cleo.mutateAndSee('tasks.finish', { task: 3 });
  expect(list.value).toMatchObject([{ id: 3, state: 'done' }]);
  expect(board.value).toMatchObject({ open: [] });
});

test('its module compiles against the generated types', async () => {
  await page.types();
  expect(await compile(page.folder, 'page.ts', page.blocks.filter((block) => block.language === 'ts').map((block) => block.text).join('\n'))).toBe('');
});

test('what is overdue is told when its day is over', async () => {
  explainPage(page);
  const ada = await page.gateway.client({ sub: 'ada' });
  const overdue = await ada.live('tasks.overdue', { team: 1 });
  expect(overdue.value).toEqual([]);
  await page.cluster.sql('owner', "UPDATE app.task SET due = '2020-02-02' WHERE title = 'Sweep'");
  await eventually('the task is overdue', () => (overdue.value as unknown[]).length === 1);
});
