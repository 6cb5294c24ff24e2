/** docs/testing.md works as it stands there. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshet } from '../harness/cli.ts';
import { compile } from '../harness/doc_module.ts';
import { useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/testing.md', { fixture: 'titled_notes' });

test('its test in SQL leaves nothing behind', async () => {
  expect(await page.cluster.rows('owner', 'SELECT count(*) FROM app.note')).toEqual([['0']]);
});

test('its snippets compile against the generated types', async () => {
  await page.types();
  const said = await compile(
    page.folder,
    'app.tsx',
    `import type { ReactNode } from 'react';
     import { FreshetProvider } from '@freshet/react';
     declare function Notes(): ReactNode;
     declare function render(page: ReactNode): void;
     declare function expect(value: unknown): { toHaveLength(length: number): void };
     declare const screen: { findByText(text: string): Promise<unknown> }, process: { env: Record<string, string> };
     ${page.blocks.filter((block) => block.language === 'tsx' || block.language === 'ts').map((block) => block.text).join('\n')}`,
  );
  expect(said).toBe('');
});

test('who may not be anybody is told what to type', async () => {
  await page.cluster.sql('admin', 'REVOKE EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) FROM freshet_owner');
  const run = () => freshet(['test', join(page.folder, 'page.test.sql')], { FRESHET_OWNER_URL: page.cluster.url('owner') });
  const said = await run();
  expect(said.code).toBe(1);
  const remedy = /remedy: (GRANT .*);/.exec(said.out)?.[1];
  await page.cluster.sql('admin', remedy!);
  expect((await run()).code).toBe(0);
});
