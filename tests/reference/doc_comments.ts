/** The comments above the declarations of extension/sql, as parts of a page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../harness/doc_blocks.ts';

export interface DocComment {
  /** Of the part of the install script: `registry` of 10_registry.sql. */
  part: string;
  kind: 'function' | 'view' | 'table' | 'type';
  name: string;
  /** Lines without the dashes and the space behind them. */
  lines: string[];
}

/** Every object of schema freshet that the install script makes, in its order, with the comment directly above it. */
export function docComments(): DocComment[] {
  const folder = join(root, 'extension/sql');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .flatMap((file) => {
      const part = file.replace(/^\d+_/, '').replace('.sql', '').replaceAll('_', ' ');
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(/((?:^--.*\n)*)^CREATE (FUNCTION|VIEW|TABLE|TYPE) freshet\.(\w+)/gm)].map((found) => ({
        part,
        kind: found[2]!.toLowerCase() as DocComment['kind'],
        name: found[3]!,
        lines: found[1]!.split('\n').filter((line) => line !== '').map((line) => line.replace(/^-- ?/, '')),
      }));
    });
}

export interface Documentation {
  prose: string[];
  /** Text by parameter. */
  parameters: Map<string, string>;
  example: string | undefined;
}

/**
 * Reads a comment: `  name   text`, indented by two, with the name of a parameter, is about that one, deeper lines go on with it; what else is
 * indented, or stands behind `Example:`, is an example; the rest is prose, in which `Errors:` begins a paragraph.
 */
export function readComment(lines: string[], names: string[]): Documentation {
  const prose: string[] = [''];
  const parameters = new Map<string, string>();
  const example: string[] = [];
  let parameter: string | undefined;
  for (const line of lines) {
    const about = /^ {2}(\w+) +(.*)$/.exec(line);
    if (about !== null && names.includes(about[1]!)) {
      parameter = about[1]!;
      parameters.set(parameter, about[2]!);
    } else if (parameter !== undefined && /^ {6,}/.test(line)) {
      parameters.set(parameter, `${parameters.get(parameter)} ${line.trim()}`);
    } else if (/^ {2,}/.test(line)) {
      parameter = undefined;
      example.push(line);
    } else {
      parameter = undefined;
      const [before = '', shown] = line.split(/(?:^|\s)Example: /);
      if (shown !== undefined) example.push(shown);
      if (/^Errors: /.test(before) || before === '') prose.push(before);
      else prose.push(`${prose.pop()} ${before}`.trim());
    }
  }
  const indent = Math.min(...example.map((line) => line.search(/\S/)));
  return {
    prose: prose.filter((paragraph) => paragraph !== ''),
    parameters,
    example: example.length === 0 ? undefined : example.map((line) => line.slice(indent)).join('\n'),
  };
}
