/** No page shows a block that nothing carries out, and every link of a page leads somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { asShown, docBlocks, root } from '../harness/doc_blocks.ts';

const under = (folder: string): string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
const pages = ['README.md', ...under('docs'), ...under('docs/decisions'), 'client-sdk/README.md', 'tests/README.md', 'wire/README.md', 'examples/chat/README.md', 'examples/issues/README.md', 'examples/bank/README.md'];
const here = readdirSync(join(root, 'tests/integration')).map((name) => readFileSync(join(root, 'tests/integration', name), 'utf8'));

/** Pages whose blocks tests take out themselves, without a word that says how. */
const elsewhere: Record<string, string> = {
  'README.md': 'tests/integration/readme.test.ts',
  'client-sdk/README.md': 'tests/integration/readme.test.ts',
  'docs/tutorial.md': 'tests/integration/doc_tutorial.test.ts',
  'docs/protocol.md': 'tests/unit/session/protocol_examples_test.cpp',
};

test.each(pages)('what %s shows is carried out by a test', (page) => {
  const blocks = docBlocks(page).filter((block) => block.language !== '' && block.language !== 'text');
  if (blocks.length === 0) return;
  const other = elsewhere[page];
  if (other === undefined) expect(here.some((text) => text.includes(`useDocPage('${page}'`)), `no test uses ${page}`).toBe(true);
  else expect(readFileSync(join(root, other), 'utf8')).toContain(page);
});

test('what can be carried out is', () => {
  const untested = pages.filter((page) => docBlocks(page).some((block) => block.marks.includes('untested')));
  // pgvector is no package of Debian 12.
  expect(untested).toEqual(['docs/vector-search.md']);
});

test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((link) => link[1]!).filter((target) => !/^https?:/.test(target));
  const broken = targets.filter((target) => {
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? join(root, page) : join(root, dirname(page), file);
    return !existsSync(path) || (anchor !== undefined && path.endsWith('.md') && !anchors(path).has(anchor));
  });
  expect(broken).toEqual([]);
});

/** The anchors that a forge gives the headings of a page. */
function anchors(path: string): Set<string> {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map((heading) => heading[1]!.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}

test('an ellipsis stands for text within a line, alone for lines, and for nothing else', () => {
  expect(asShown('a … c\n…\nd', 'a b c\n1\n2\nd\n')).toBe(true);
  expect(asShown('…\nd', 'd')).toBe(false);
  expect(asShown('a … c', 'a b\nc')).toBe(false);
  expect(asShown('(1 row)', '(2 rows)')).toBe(false);
});
