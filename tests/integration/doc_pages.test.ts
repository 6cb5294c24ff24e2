/** docs/pages.md works as it stands there. */
import { expect, test } from 'vitest';
import { compile } from '../harness/doc_module.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/pages.md', { fixture: 'channels' });

test('its query can be asked for pages of the size that it says', async () => {
  explainPage(page);
  await page.serve();
  const args = { channel: '00000000-0000-0000-0000-000000000001' };
  const reply = await page.gateway.http('/api/query', { path: 'messages.list', args, page: { limit: 100 } }, { as: { sub: 'ada' } });
  expect(reply.body).toMatchObject({ value: { rows: expect.objectContaining({ length: 100 }) as unknown } });
  expect((await page.gateway.http('/api/query', { path: 'messages.list', args, page: { limit: 101 } }, { as: { sub: 'ada' } })).status).toBe(400);
});

test('its snippets compile against the generated types', async () => {
  await page.types();
  const said = await compile(
    page.folder,
    'app.tsx',
    `import { watchPages, type ArgsOf, type FreshetClient } from '@freshet/client';
     import { usePaginatedQuery } from '@freshet/react';
     import { api } from './api';
     declare const client: FreshetClient, channel: ArgsOf<typeof api.messages.list>['channel'];
     ${page.blocks.filter((block) => block.language === 'ts').map((block) => block.text).join('\n')}
     export const shown = [results[0]?.body, status, loadMore, pages.current().results[0]?.id, rows[0]?.body, next];`,
  );
  expect(said).toBe('');
});
