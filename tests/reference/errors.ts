/** docs/reference/errors.md, from the tables of the gateway: codes, statuses and what each SQLSTATE becomes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../harness/doc_blocks.ts';
import { cell, code, page, table } from './markdown.ts';

const source = (path: string): string => readFileSync(join(root, 'sidecar/src/base', path), 'utf8');

interface Code {
  symbol: string;
  meaning: string;
  name: string;
  status: string;
  retryable: boolean;
}

function codes(): Code[] {
  const list = /enum class ErrorCode[^{]*\{([^]*?)\n\};/.exec(source('error.h'))![1]!;
  const symbols = [...list.matchAll(/^ *(k\w+),/gm)].map((found) => found[1]!);
  const rows = [...source('error.cpp').matchAll(/((?:^ *\/\/.*\n)*)^ *\{"(\w+)", "[^"]*", (\d+), (true|false)\}/gm)];
  if (rows.length !== symbols.length) throw new Error(`${symbols.length} codes in error.h, ${rows.length} in error.cpp`);
  return rows.map(([, comment = '', name = '', status = '', retryable = ''], i) => {
    const meaning = comment.replaceAll(/^ *\/\/ ?/gm, '').trim().replaceAll('\n', ' ');
    if (meaning === '') throw new Error(`${name} has no comment above it in sidecar/src/base/error.cpp`);
    return { symbol: symbols[i]!, meaning, name, status, retryable: retryable === 'true' };
  });
}

function sqlstates(): { sqlstate: string; symbol: string; after: string; what: string }[] {
  const text = source('sqlstate.cpp').replaceAll(/\n\s+(?=After::|\/\/)/g, ' ');
  return [...text.matchAll(/\{"(\w+)", Code::(k\w+), After::k(\w+)\},?(?: *\/\/ (.*))?/g)].map((found) => ({
    sqlstate: found[1]!,
    symbol: found[2]!,
    after: found[3]!,
    what: found[4] ?? '',
  }));
}

const afterwards: Record<string, string> = {
  Answer: 'answered',
  Retry: 'tried again, then answered',
  RetryOnce: 'tried again once, then answered',
  OutcomeUnknown: 'looked up in its record; `outcome_unknown` where that cannot be told',
};

export function errors(): string {
  const all = codes();
  const nameOf = (symbol: string): string => all.find((each) => each.symbol === symbol)!.name;
  return page(
    'Errors',
    '`error.cpp` and `sqlstate.cpp` of `sidecar/src/base`',
    'On every surface an error is `{code, message, details?, retryable, id?}`. The list of codes is closed. HTTP has the same members beside those of `application/problem+json`, with the status below. '
      + '`retryable`: the same call may succeed later. `details` are described in [protocol](../protocol.md#errors), those of a constraint in [sql-interface](../sql-interface.md#error-one-json-shape-for-both).',
    table(['code', 'HTTP', 'retryable', ''], all.map((each) => [code(each.name), each.status, each.retryable ? 'yes' : '', cell(each.meaning)])),
    '## From SQLSTATE to code',
    'What a statement in the database raises becomes a code by its SQLSTATE, else by the first two characters of it (its class), else `internal`. Class `RF` is Freshet\'s own: PL/pgSQL may raise and catch it. The last column is about mutations.',
    table(['SQLSTATE', 'code', '', 'a mutation is'], sqlstates().map((row) => [code(row.sqlstate), code(nameOf(row.symbol)), cell(row.what), afterwards[row.after]!])),
    '`RF013` is raised by `freshet.expose()` for what cannot be exposed; no client sees it.',
  );
}
