/** docs/reference/settings.md: the extension's from pg_settings of a server that has loaded it, the gateway's from its help. */
import type { Cluster } from '../harness/cluster.ts';
import { serveFlags } from './commands.ts';
import { cell, code, page, table } from './markdown.ts';

const installed = `
  SELECT name, boot_val, coalesce(unit, ''), CASE vartype WHEN 'integer' THEN min_val || ' to ' || max_val ELSE vartype END,
         CASE context WHEN 'user' THEN 'anybody' WHEN 'superuser' THEN 'superusers' ELSE context END,
         short_desc || ' ' || coalesce(extra_desc, '')
  FROM pg_settings WHERE name LIKE 'freshet.%' ORDER BY name`;

export async function settings(cluster: Cluster): Promise<string> {
  const admin = await cluster.connect('admin');
  await admin.query("LOAD 'freshet'");
  const { rows } = await admin.query<string[]>({ text: installed, rowMode: 'array' });
  await admin.end();
  const flags = await serveFlags();
  return page(
    'Settings',
    'the settings that the extension defines and `freshet serve --help`',
    '## The extension',
    'Set with `ALTER SYSTEM`, `ALTER DATABASE` or `ALTER ROLE … SET`; *who* may change it for a session.',
    table(['setting', 'default', 'values', 'who', ''], rows.map(([name, initial, unit, values, who, what]) => [
      code(name!), code(`${initial}${unit === '' ? '' : ` ${unit}`}`), values!, who!, cell(what!.trim()),
    ])),
    'The server itself needs `wal_level = logical`.',
    '## The gateway',
    'Each is a flag, an environment variable, and a line `name = value` in the file of `--config`, without dashes in front. A flag wins over the environment, which wins over the file. An empty variable counts as absent. '
      + 'Several values are separated by commas. Secrets belong into the environment or the file: arguments of a process can be seen by others.',
    table(['flag', 'variable', 'value', 'default', ''], flags.map(({ name, value, initial, help }) => [
      code(`--${name}`), code(`FRESHET_${name.toUpperCase().replaceAll('-', '_')}`), value, code(initial), cell(help),
    ])),
  );
}
