/** freshet dev: a folder, a database of its own, and open pages that follow every save. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FreshetClient, functionReference } from '@freshet/client';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { Child } from '../harness/child.ts';
import { eventually } from '../harness/deadline.ts';
import { gatewayBinary } from '../harness/gateway.ts';
import { freePort } from '../harness/port.ts';

let root: string;
let dev: Child;
let port: number;
let postgresPort: number;
let client: FreshetClient;

const file = (name: string): string => join(root, 'app', name);
const change = (name: string, from: string, to: string): void => {
  const text = readFileSync(file(name), 'utf8');
  expect(text).toContain(from);
  writeFileSync(file(name), text.replace(from, to));
};
const said = (text: string | RegExp): Promise<unknown> =>
  eventually(`freshet dev says ${text}`, async () => {
    expect(dev.log()).toMatch(text);
    return true;
  });

function start(...args: string[]): void {
  // In its own folder, as people run it.
  dev = new Child('/bin/sh', ['-c', 'cd "$0" && exec "$@"', root, gatewayBinary, 'dev', '--port', String(port), '--postgres-port', String(postgresPort), ...args], {
    logFile: join(root, 'dev.log'),
    deathSignal: 'KILL',
    env: { PATH: process.env['PATH'], FRESHET_PG_BIN: process.env['FRESHET_PG_BIN'] },
  });
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'freshet-dev-'));
  chmodSync(root, 0o755); // the server's user must be able to enter
  port = await freePort();
  postgresPort = await freePort();
  start('--new');
  await said(/Ctrl-C stops everything/);
  client = new FreshetClient(`http://127.0.0.1:${port}`, { webSocket: WebSocket as never });
});
beforeEach(() => onTestFailed(() => console.error(`--- freshet dev\n${dev.log().slice(-4000)}`)));
afterAll(async () => {
  client?.close();
  if (dev?.running) await dev.stop('SIGINT', 30_000);
  rmSync(root, { recursive: true, force: true });
});

/** The values that a live query has had. */
function watch(path: string, args: object = {}): unknown[] {
  const values: unknown[] = [];
  client.subscribe(functionReference('query', path), args as never, (result) => void (result.status === 'success' && values.push(result.data)));
  return values;
}
const shows = (values: unknown[], expected: unknown): Promise<unknown> =>
  eventually(`the page shows ${JSON.stringify(expected)}`, async () => {
    expect(values.at(-1)).toMatchObject(expected as object);
    return true;
  });
const send = (body: string): Promise<unknown> => client.mutate(functionReference<'mutation', { author: string; body: string }, number>('mutation', 'messages.send'), { author: 'ada', body });

describe('freshet dev', () => {
  test('makes a small app, a database for it, and serves it', async () => {
    expect(existsSync(file('schema.sql'))).toBe(true);
    const messages = watch('messages.list');
    await send('one');
    await shows(messages, [{ author: 'ada', body: 'one' }]);
    await said(/mutation +messages\.send +\d/);
    await said(/re-run +messages\.list +.*app\.message/);
  });

  test('an open page changes when a function is saved', async () => {
    const messages = watch('messages.list');
    await shows(messages, [{ body: 'one' }]);
    change('messages.sql', 'm.author, m.body', 'm.author, upper(m.body)');
    await shows(messages, [{ body: 'ONE' }]);
    await said(/replaced +messages\.list\(\)/);
  });

  test('and when its result has other columns', async () => {
    const messages = watch('messages.list');
    change('messages.sql', 'TABLE (id bigint,', 'TABLE (id bigint, letters int,');
    change('messages.sql', 'SELECT m.id,', 'SELECT m.id, length(m.body),');
    await shows(messages, [{ letters: 3, body: 'ONE' }]);
  });

  test('a file that fails is told with its place, and what was there goes on', async () => {
    const messages = watch('messages.list');
    change('messages.sql', 'upper(m.body)', 'uper(m.body)');
    await said(/messages\.sql:\d+:\d+: error: function uper\(text\) does not exist/);
    await said(/the database is as it was/);
    await send('two');
    await shows(messages, [{ body: 'TWO' }, { body: 'ONE' }]);
    change('messages.sql', 'uper(m.body)', 'lower(m.body)');
    await shows(messages, [{ body: 'two' }, { body: 'one' }]);
  });

  test('a second one in the folder is refused', async () => {
    const second = new Child('/bin/sh', ['-c', 'cd "$0" && exec "$@"', root, gatewayBinary, 'dev'], {
      logFile: join(root, 'second.log'),
      deathSignal: 'KILL',
      env: { PATH: process.env['PATH'], FRESHET_PG_BIN: process.env['FRESHET_PG_BIN'] },
    });
    expect((await second.exited).code).toBe(1);
    expect(second.log()).toContain('runs in this folder already, as process');
  });

  test('ends all it started, and goes on where it was', async () => {
    expect(await dev.stop('SIGINT', 30_000)).toMatchObject({ code: 0 });
    expect(dev.log()).toContain('stopped');
    for (const taken of [port, postgresPort]) await expect(fetch(`http://127.0.0.1:${taken}`)).rejects.toThrow();
    rmSync(join(root, 'dev.log'));
    start();
    await said(/Ctrl-C stops everything/);
    const messages = watch('messages.list');
    await shows(messages, [{ body: 'two' }, { body: 'one' }]);
  });

  test('ends all it started also when it is killed', async () => {
    await dev.stop('SIGKILL');
    for (const taken of [port, postgresPort])
      await eventually('nobody listens any more', async () => {
        await expect(fetch(`http://127.0.0.1:${taken}`)).rejects.toThrow(/fetch failed/);
        return true;
      });
  });
});
