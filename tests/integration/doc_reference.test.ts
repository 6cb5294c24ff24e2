/** docs/reference says what is declared in the sources. `scripts/dev reference` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/doc_blocks.ts';
import { useStack } from '../harness/stack.ts';
import { commands } from '../reference/commands.ts';
import { errors } from '../reference/errors.ts';
import { metrics } from '../reference/metrics.ts';
import { settings } from '../reference/settings.ts';
import { sqlFunctions } from '../reference/sql_functions.ts';

const stack = useStack({});

const pages: Record<string, () => string | Promise<string>> = {
  cli: commands,
  errors,
  metrics: () => metrics(stack.gateway),
  settings: () => settings(stack.cluster),
  'sql-functions': () => sqlFunctions(stack.cluster),
};

test.each(Object.keys(pages))('docs/reference/%s.md is what is declared (else: scripts/dev reference)', async (name) => {
  const file = join(root, 'docs/reference', `${name}.md`);
  const text = await pages[name]!();
  if (process.env['FRESHET_REFERENCE'] === 'write') writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
