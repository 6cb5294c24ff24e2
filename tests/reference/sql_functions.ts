/** docs/reference/sql-functions.md: signatures and rights from an installed extension, words from the comments in extension/sql. */
import type { Cluster } from '../harness/cluster.ts';
import { docComments, readComment } from './doc_comments.ts';
import { cell, page, table } from './markdown.ts';

interface Declared {
  name: string;
  names: string[];
  types: string[];
  defaults: (string | null)[];
  result: string;
  everybody: boolean;
  gateway: boolean;
}

const declared = `
  SELECT json_build_object('name', p.proname, 'result', pg_get_function_result(p.oid),
           'names', coalesce(p.proargnames[1:p.pronargs], '{}'), 'types', ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a(t, n) ORDER BY n),
           'defaults', ARRAY(SELECT pg_get_function_arg_default(p.oid, n) FROM generate_series(1, p.pronargs) n ORDER BY n),
           'everybody', p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0),
           'gateway', has_function_privilege('freshet_call', p.oid, 'EXECUTE'))
  FROM pg_proc p WHERE p.pronamespace = 'freshet'::regnamespace
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND p.proname NOT LIKE '\\_%'
  ORDER BY p.proname, p.oid`;

/** Throws, naming it, when a function has no comment. */
export async function sqlFunctions(cluster: Cluster): Promise<string> {
  const functions = (await cluster.rows<[string]>('admin', declared)).map(([json]) => JSON.parse(json) as Declared);
  const comments = docComments().filter((comment) => comment.kind === 'function');
  const order = (name: string): number => comments.findIndex((comment) => comment.name === name);
  for (const { name } of functions) {
    if (order(name) < 0 || comments[order(name)]!.lines.length === 0) throw new Error(`freshet.${name} has no comment above its CREATE FUNCTION in extension/sql`);
  }
  functions.sort((one, other) => order(one.name) - order(other.name));
  const sections = (chosen: Declared[]): string[] => {
    let part = '';
    return chosen.flatMap((each) => {
      const comment = comments[order(each.name)]!;
      const heading = comment.part === part ? [] : [`## ${comment.part[0]!.toUpperCase()}${comment.part.slice(1)}`.replace('Api', 'API')];
      part = comment.part;
      return [...heading, section(each, comment.lines)];
    });
  };
  const forGateway = (each: Declared): boolean => each.gateway && !each.everybody;
  return page(
    'SQL functions',
    'extension/sql',
    'Everything is in schema `freshet`. What only the gateway calls is at the end of the page; the rows that its calls give and take are in [sql-interface](../sql-interface.md).',
    ...sections(functions.filter((each) => !forGateway(each))),
    '# For the gateway',
    '`freshet.grant_gateway()` lets the calling role execute these.',
    ...sections(functions.filter(forGateway)),
  );
}

function section(each: Declared, lines: string[]): string {
  const said = readComment(lines, each.names);
  const signature = each.names.map((name, i) => `${name} ${each.types[i]}${each.defaults[i] == null ? '' : ` DEFAULT ${plain(each.defaults[i]!)}`}`);
  const oneLine = `freshet.${each.name}(${signature.join(', ')}) → ${each.result}`;
  const shown = oneLine.length <= 110 || signature.length === 0 ? oneLine : `freshet.${each.name}(\n  ${signature.join(',\n  ')}\n) → ${each.result}`;
  const rows = each.names.filter((name) => said.parameters.has(name)).map((name) => [`\`${name}\``, cell(said.parameters.get(name)!)]);
  return [
    `### ${each.name}`,
    `    ${shown.replaceAll('\n', '\n    ')}`,
    ...said.prose,
    ...(rows.length === 0 ? [] : [table(['parameter', ''], rows)]),
    ...(said.example === undefined ? [] : ['Example:', `    ${said.example.replaceAll('\n', '\n    ')}`]),
    ...(each.everybody || each.gateway ? [] : ['Superusers may execute it, and whoever is granted EXECUTE.']),
  ].join('\n\n');
}

const plain = (expression: string): string => expression.replace(/::[\w ]+(\[\])?$/, '');
