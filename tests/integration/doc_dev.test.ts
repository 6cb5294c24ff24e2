/** What docs/dev.md shows of a folder's files can be run. dev.test.ts and push.test.ts hold what it says. */
import { expect, test } from 'vitest';
import { useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/dev.md', { fixture: 'readme' });

test('its file defines and exposes the function', async () => {
  expect(await page.cluster.rows('owner', 'SELECT path, kind FROM freshet.functions')).toEqual([['messages.list', 'query']]);
});
