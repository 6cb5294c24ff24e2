/** docs/reference/cli.md and the gateway's part of settings.md, from what the commands say about themselves. */
import { main as codegen } from '../../client-sdk/packages/codegen/src/cli.ts';
import { freshet } from '../harness/cli.ts';
import { page } from './markdown.ts';

export async function commands(): Promise<string> {
  const overview = (await freshet(['--help'])).out;
  const names = [...overview.slice(overview.indexOf('Subcommands:')).matchAll(/^ {2}([\w-]+) /gm)].map((found) => found[1]!);
  const sections: string[] = [];
  for (const name of names) {
    const text = name === 'codegen' ? await codegenHelp() : (await freshet([name, '--help'])).out;
    if (text.trim() === '') throw new Error(`freshet ${name} --help says nothing`);
    sections.push(`## ${name}`, name === 'serve' ? 'The gateway. Its flags: [settings](settings.md#the-gateway).' : `    ${text.trim().replaceAll('\n', '\n    ')}`.replaceAll(/ +$/gm, ''));
  }
  return page(
    'Commands',
    'the `--help` of each command',
    'What they are good for, with examples of what they print: [cli](../cli.md).',
    ...sections,
  );
}

async function codegenHelp(): Promise<string> {
  const said: string[] = [];
  await codegen(['--help'], { out: (text: string) => said.push(text), err: (text: string) => said.push(text) });
  return said.join('');
}

export interface Flag {
  name: string;
  value: string;
  initial: string;
  help: string;
}

/** The flags that `freshet serve --help` lists. */
export async function serveFlags(): Promise<Flag[]> {
  const text = (await freshet(['serve', '--help'])).out.replaceAll(/\n {20,}(?=\S)/g, '  ');
  const flags = [...text.matchAll(/^ {2}--([\w-]+)(?: ([A-Z][\w:|]*)(?:=(\S*))?)?(?: \.\.\.)? {2,}(.*)$/gm)];
  return flags.map(([, name = '', value = '', initial = '', help = '']) => ({ name, value: value.replace(/^(\w+):\1$/, '$1'), initial, help }));
}
