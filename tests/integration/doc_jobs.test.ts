/** docs/jobs.md works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/jobs.md', { fixture: 'teams' });

test('a reminder comes for who asked for it, and the digest is due', async () => {
  explainPage(page);
  await page.serve();
  const ada = await page.gateway.client({ sub: 'ada' });
  expect((await ada.mutate('tasks.remind_me', { task: 1, after: 'PT0.2S' })).error).toBeUndefined();
  await eventually('the reminder', async () => (await page.cluster.rows('owner', 'SELECT text FROM app.reminder'))[0]?.[0] === 'ada: Paint the door', { within: 20_000 });
  expect((await page.cluster.rows('owner', `SELECT to_char(next_at AT TIME ZONE timezone, 'HH24:MI') FROM freshet.crons`))[0]?.[0]).toBe('07:00');
});
