/** Pieces of the pages of docs/reference. */

/** A page; `source` is where what it says is declared. */
export const page = (title: string, source: string, ...parts: string[]): string =>
  [`# ${title}`, `*Generated from ${source} by \`scripts/dev reference\`: change it there.*`, ...parts].join('\n\n') + '\n';

export const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Text that can stand in a cell. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
