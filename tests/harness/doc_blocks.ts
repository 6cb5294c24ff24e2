/**
 * The fenced blocks of a page. The words behind the language say how a block is carried out (doc_page.ts); a `text` block directly below
 * one is what it prints.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  language: string;
  /** The words behind the language: `sql owner fails` has `owner` and `fails`. */
  marks: string[];
  text: string;
  /** Of the page, where the fence is. */
  line: number;
  /** The text block below it. */
  prints: string | undefined;
}

/** All blocks of a page (path from the root of the repository), in order; those that say what another prints are with that one. */
export function docBlocks(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks: Block[] = [];
  for (const fence of text.matchAll(/^( *)```(.*)\n([^]*?)^ *```$/gm)) {
    const [language = '', ...marks] = fence[2]!.trim().split(/\s+/);
    const block: Block = {
      language,
      marks,
      text: fence[3]!.replaceAll(new RegExp(`^${fence[1]!}`, 'gm'), ''),
      line: text.slice(0, fence.index).split('\n').length,
      prints: undefined,
    };
    const above = blocks.at(-1);
    const adjacent = above !== undefined && text.split('\n').slice(above.line + above.text.split('\n').length, block.line - 1).every((line) => line.trim() === '');
    if (language === 'text' && adjacent && above.prints === undefined) above.prints = block.text;
    else blocks.push(block);
  }
  return blocks;
}

const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());

/** Whether `said` is what the page shows; `…` stands for any text within a line, a line of its own for any lines. */
export function asShown(shown: string, said: string): boolean {
  const pattern = lines(shown.trim())
    .map((line) => (line.trim() === '…' ? '(?:.*\n)*?.*' : line.split('…').map(literal).join('.*')))
    .join('\n');
  return new RegExp(`^${pattern}$`).test(lines(said.trim()).join('\n'));
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
