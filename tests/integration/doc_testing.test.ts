/** docs/testing.md works as it stands there. */
import { expect, test } from 'vitest';
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
