/**
 * docs/tutorial.md, carried out in an empty directory, and its end seen in two windows of Chromium. What other people publish (React, vite, TypeScript) comes from
 * the workspace, so that no registry is asked; the packages of this repository are packed and installed as the page says.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { Child } from '../harness/child.ts';
import { BIN } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { asShown, docBlocks, root, type Block } from '../harness/doc_blocks.ts';
import { gatewayBinary } from '../harness/gateway.ts';
import { freePort } from '../harness/port.ts';

const blocks = docBlocks('docs/tutorial.md');
const exec = promisify(execFile);

let base: string;
let folder: string;
let ports: { gateway: number; postgres: number; vite: number };
let browser: Browser;
const terminals: Child[] = [];
const windows: Page[] = [];

const log = (): string => terminals.map((terminal) => terminal.log()).join('\n---\n');
const explain = (): void => onTestFailed(() => console.error(log().slice(-6000)));
const block = (text: string): Block => blocks.find((each) => each.text.includes(text) || each.marks.includes(text))!;

/** The ports and packages that the page names stand for those of this run. */
const here = (text: string): string =>
  text
    .replaceAll('freshet dev', `freshet dev --port ${ports.gateway} --postgres-port ${ports.postgres}`)
    .replaceAll('127.0.0.1:4700', `127.0.0.1:${ports.gateway}`)
    // What the script `dev` is, without npm between, which would leave it behind when the test dies.
    .replaceAll('npm run dev', `${root}/node_modules/.bin/vite --host 127.0.0.1 --strictPort --port ${ports.vite}`)
    .replaceAll(/^npm install (?!"\$FRESHET_PACKAGES").*\n/gm, '');

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${dirname(gatewayBinary)}:${BIN}:${process.env['PATH']}`,
  HOME: base,
  FRESHET_PG_BIN: BIN,
  FRESHET_PACKAGES: join(root, 'build/packages'),
  DATABASE_URL: /database +(postgresql:\S+)/.exec(terminals[0]?.log() ?? '')?.[1],
  // What the packages ask for beside them is in the workspace.
  npm_config_offline: 'true',
  npm_config_legacy_peer_deps: 'true',
  npm_config_update_notifier: 'false',
});

async function perform(each: Block): Promise<void> {
  const file = each.marks.find((mark) => mark.startsWith('file='))?.slice('file='.length);
  if (file !== undefined) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    return writeFileSync(join(folder, file), here(each.text));
  }
  if (each.marks.includes('terminal')) {
    const script = `cd ${folder} && exec ${here(each.text)}`;
    return void terminals.push(new Child('/bin/sh', ['-c', script], { logFile: join(base, `terminal-${terminals.length}.log`), deathSignal: 'KILL', env: environment() }));
  }
  const cwd = each === blocks[0] ? base : folder;
  const { stdout } = await exec('bash', ['-euo', 'pipefail', '-c', here(each.text)], { cwd, env: environment() });
  if (each.prints !== undefined && !asShown(each.prints, stdout)) throw new Error(`docs/tutorial.md:${each.line} shows\n${each.prints}\nbut it says\n${stdout}`);
}

/** What both windows list, once they agree. */
const bothShow = (what: string, shows: (lines: string[]) => boolean): Promise<unknown> =>
  eventually(what, async () => {
    for (const window of windows) if (!shows(await window.locator('li').allInnerTexts())) return false;
    return true;
  }, { within: 20_000, every: 50 });

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'freshet-tutorial-'));
  // The embedded server runs as another user.
  chmodSync(base, 0o755);
  folder = join(base, 'guestbook');
  ports = { gateway: await freePort(), postgres: await freePort(), vite: await freePort() };
  await exec('npm', ['run', '--silent', 'pack'], { cwd: root });
  symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'));
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
  for (const terminal of terminals.reverse()) if (terminal.running) await terminal.stop('SIGINT', 30_000);
  if (process.env['FRESHET_KEEP'] === undefined) rmSync(base, { recursive: true, force: true });
});

test('an empty directory becomes an app that two windows share', async () => {
  explain();
  expect(blocks[0]!.text).toContain('scripts.dev=vite ');
  const first = block('psql -q');
  for (const each of blocks.slice(0, blocks.indexOf(first))) {
    await perform(each);
    if (each.text.includes('freshet dev')) {
      await eventually('freshet dev serves', () => /Ctrl-C stops everything/.test(terminals[0]!.log()), { within: 60_000 });
      await eventually('the types are written', () => readFileSync(join(folder, 'src/api.ts'), 'utf8').includes('MessagesListRow'));
    }
  }
  for (let i = 0; i < 2; ++i) {
    const window = await browser.newPage();
    window.setDefaultTimeout(20_000);
    await eventually('the page is served', async () => (await window.goto(`http://127.0.0.1:${ports.vite}/`)) !== null, { within: 30_000 });
    windows.push(window);
  }
  await windows[0]!.getByPlaceholder('Your name').fill('Ada');
  await windows[0]!.getByPlaceholder('Something kind').fill('Hello');
  await windows[0]!.getByRole('button', { name: 'Sign' }).click();
  await bothShow('what one signed, both show', (lines) => lines.join() === 'Ada Hello');
});

test('what psql writes is there', async () => {
  explain();
  await perform(block('psql -q'));
  await bothShow('both show the row', (lines) => lines[0] === 'psql I write, too');
});

test('a function that is saved changes what is shown, and a mistake does not', async () => {
  explain();
  await perform(block('upper(m.body)'));
  await bothShow('the body is upper case', (lines) => lines[0] === 'psql I WRITE, TOO');
  const text = readFileSync(join(folder, 'app/messages.sql'), 'utf8');
  writeFileSync(join(folder, 'app/messages.sql'), text.replace('upper(', 'uper('));
  await eventually('the mistake is told with its place', () => /messages\.sql:\d+:\d+: error: .*uper/.test(terminals[0]!.log()));
  await bothShow('nothing has changed', (lines) => lines[0] === 'psql I WRITE, TOO');
});

test('a new column is typed and shown', async () => {
  explain();
  await perform(block('file=app/messages.sql'));
  await eventually('the types have it', () => readFileSync(join(folder, 'src/api.ts'), 'utf8').includes('signed'));
  await perform(block('npm run check'));
  await bothShow('both count', (lines) => lines[0] === 'psql (1) I write, too');
});

test('its test passes', async () => {
  explain();
  await perform(block('freshet test'));
});
