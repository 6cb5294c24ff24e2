/** What is very long, very deep or no text, over HTTP and over the socket: docs/protocol.md "What is too much, and what is no text". */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';
import type { SyncClient } from '../harness/sync_client.ts';

const sql = `
  CREATE SCHEMA app;
  CREATE SCHEMA extreme;
  CREATE TABLE app.kept (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
  CREATE TABLE app.many (id int PRIMARY KEY);
  CREATE FUNCTION extreme.echo(v text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT v $$;
  CREATE FUNCTION extreme.size(v text) RETURNS int STABLE LANGUAGE sql AS $$ SELECT length(v) $$;
  CREATE FUNCTION extreme.texts(v text[]) RETURNS int STABLE LANGUAGE sql AS $$ SELECT cardinality(v) $$;
  CREATE FUNCTION extreme.binary(v jsonb) RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT v $$;
  CREATE FUNCTION extreme.textual(v json) RETURNS json STABLE LANGUAGE sql AS $$ SELECT v $$;
  CREATE FUNCTION extreme.kept() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM app.kept $$;
  CREATE FUNCTION extreme.keep(v text) RETURNS int VOLATILE LANGUAGE sql AS $$ INSERT INTO app.kept (body) VALUES (v) RETURNING id $$;
  CREATE FUNCTION extreme.rows(n int) RETURNS SETOF int STABLE LANGUAGE sql AS $$ SELECT generate_series(1, n) $$;
  CREATE FUNCTION extreme.rows_allowed(n int) RETURNS SETOF int STABLE LANGUAGE sql AS $$ SELECT generate_series(1, n) $$;
  CREATE FUNCTION extreme.all() RETURNS TABLE (id int) STABLE LANGUAGE sql AS $$ SELECT m.id FROM app.many m ORDER BY m.id $$;
  CREATE FUNCTION extreme.fill(n int) RETURNS void VOLATILE LANGUAGE sql AS $$ INSERT INTO app.many SELECT generate_series(1, n) ON CONFLICT DO NOTHING $$;
  CREATE FUNCTION extreme.wide(n int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT repeat('x', n) $$;
  SELECT freshet.expose('extreme.' || f, public => true) FROM unnest('{echo,size,texts,binary,textual,kept,keep,rows,fill,wide}'::text[]) f;
  SELECT freshet.expose('extreme.' || f, public => true, max_rows => 200000) FROM unnest('{rows_allowed,all}'::text[]) f;
`;

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const bytes = (...parts: (string | number[])[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

interface Answer {
  status: number;
  error?: { code: string; message: string; details?: unknown };
  value?: unknown;
}

/** A POST whose body is these bytes, read to the end of the answer however much of the body was taken. */
function post(port: number, path: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head, ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n') as [string, ...string[]];
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
      const json = JSON.parse(rest.join('\r\n\r\n')) as Record<string, unknown>;
      if (status === 200) resolve({ status, value: json['value'] });
      else resolve({ status, error: { code: json['code'] as string, message: json['message'] as string, ...(json['details'] === undefined ? {} : { details: json['details'] }) } });
    });
    socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
}

describe('with the limits as they are by default', () => {
  const stack = useStack({ sql });
  let client: SyncClient;
  let request = 1000;

  beforeEach(async () => {
    client = await stack.gateway.client();
  });
  // Whatever it was: a session that was not sent away goes on, and so do all others.
  afterEach(async () => {
    if (client.closed === undefined) expect((await client.query('extreme.echo', { v: 'still here' })).value).toBe('still here');
    await client.close();
    expect((await stack.gateway.http('/api/query', { path: 'extreme.echo', args: { v: 'still here' } })).body).toEqual({ value: 'still here' });
  });

  const overHttp = (path: string, args: Buffer | string, kind = 'query') =>
    post(stack.gateway.port, `/api/${kind}`, bytes(`{"path":"${path}","args":`, args as string, '}'));

  /** The answer, or how the socket was closed. */
  const overSocket = (path: string, args: Buffer | string, type = 'query') => {
    const id = request++;
    return client.rawRequest(id, bytes(`{"type":"${type}","id":${id},"path":"${path}","args":`, args as string, '}'));
  };

  const refusals: [what: string, path: string, args: Buffer | string, error: { code: string; message: RegExp; details?: unknown }, status: number, closes?: number][] = [
    ['arguments beyond their limit', 'extreme.size', JSON.stringify({ v: 'x'.repeat(300_000) }),
      { code: 'too_large', message: /^`args` is longer than 262144 bytes$/ }, 413],
    ['arguments nested too deeply', 'extreme.binary', `{"v":${nested(64)}}`,
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: nested too deeply$/ }, 400],
    ['arguments nested without end', 'extreme.binary', `{"v":${nested(100_000)}}`,
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: nested too deeply$/ }, 400],
    ['an argument that is named twice', 'extreme.echo', '{"v":"a","v":"b"}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: duplicate key in the object that ends here$/ }, 400],
    ['an argument that is named twice, once by an escape', 'extreme.echo', '{"v":"a","\\u0076":"b"}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: duplicate key in the object that ends here$/ }, 400],
    ['a key twice deep inside of jsonb', 'extreme.binary', '{"v":[{"a":{"b":1,"b":1}}]}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: duplicate key in the object that ends here$/ }, 400],
    ['a key twice deep inside of json', 'extreme.textual', '{"v":[{"a":{"b":1,"b":1}}]}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: duplicate key in the object that ends here$/ }, 400],
    ['a lone surrogate', 'extreme.echo', '{"v":"\\ud83d"}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: lone surrogate$/ }, 400],
    ['surrogates in the wrong order', 'extreme.echo', '{"v":"\\ude00\\ud83d"}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: lone surrogate$/ }, 400],
    ['bytes that are not UTF-8', 'extreme.echo', bytes('{"v":"', [0xc3, 0x28], '"}'),
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: invalid UTF-8$/ }, 400, 1007],
    ['an overlong NUL', 'extreme.echo', bytes('{"v":"', [0xc0, 0x80], '"}'),
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: invalid UTF-8$/ }, 400, 1007],
    ['a surrogate as bytes', 'extreme.echo', bytes('{"v":"', [0xed, 0xa0, 0x80], '"}'),
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: invalid UTF-8$/ }, 400, 1007],
    ['a byte that is NUL', 'extreme.echo', '{"v":"a\0b"}',
      { code: 'invalid_arguments', message: /^invalid JSON at byte \d+: control character in a string$/ }, 400],
    ['a NUL character in text', 'extreme.echo', '{"v":"a\\u0000b"}',
      { code: 'invalid_arguments', message: /^the arguments are not valid JSON: \\u0000 cannot be stored as text at offset 13$/,
        details: [{ path: 'v', expected: 'a value that can be stored', got: '\\u0000 cannot be stored as text' }] }, 400],
    ['a NUL character in an array', 'extreme.texts', '{"v":["a","b\\u0000"]}',
      { code: 'invalid_arguments', message: /\\u0000 cannot be stored as text/, details: [{ path: 'v[1]', expected: expect.anything(), got: expect.anything() }] }, 400],
    ['a NUL character in jsonb', 'extreme.binary', '{"v":{"k":[1,{"l":"\\u0000"}]}}',
      { code: 'invalid_arguments', message: /\\u0000 cannot be stored as text/, details: [{ path: 'v.k[1].l', expected: expect.anything(), got: expect.anything() }] }, 400],
    ['a NUL character in json', 'extreme.textual', '{"v":"\\u0000"}',
      { code: 'invalid_arguments', message: /\\u0000 cannot be stored as text/, details: [{ path: 'v', expected: expect.anything(), got: expect.anything() }] }, 400],
    ['a NUL character in a key', 'extreme.binary', '{"v":{"\\u0000":1}}',
      { code: 'invalid_arguments', message: /\\u0000 cannot be stored as text/, details: [{ path: 'v', expected: expect.anything(), got: expect.anything() }] }, 400],
    ['a NUL character in an argument\'s name', 'extreme.echo', '{"v\\u0000":"x"}',
      { code: 'invalid_arguments', message: /\\u0000 cannot be stored as text/ }, 400],
    ['a NUL character in the path', 'extreme.echo\\u0000', '{"v":"x"}', { code: 'not_found', message: /^no such function$/ }, 404],
    ['a number beyond what numeric holds', 'extreme.binary', '{"v":1e999999}',
      { code: 'invalid_arguments', message: /^the arguments of extreme.binary are not valid$/, details: [{ path: 'v', expected: expect.stringContaining('overflows'), got: '1e999999' }] }, 400],
    ['more rows than a function may return', 'extreme.rows', '{"n":100000}', { code: 'too_large', message: /^extreme\.rows returned more than 10000 rows$/ }, 413],
    ['one value larger than a result may be', 'extreme.wide', '{"n":20000000}',
      { code: 'too_large', message: /^the result of extreme\.wide is larger than 16777216 bytes$/ }, 413],
  ];

  test.each(refusals)('%s', async (_, path, args, error, status, closes) => {
    explain(stack);
    const wanted = { code: error.code, message: expect.stringMatching(error.message) as unknown, ...(error.details === undefined ? {} : { details: error.details }) };
    expect(await overHttp(path, args)).toMatchObject({ status, error: wanted });
    expect(await overSocket(path, args)).toMatchObject(closes === undefined ? { error: wanted } : { closed: { code: closes } });
  });

  test('arguments as deep as may be, to the last digit and character, come back as they were sent', async () => {
    const deepest = nested(62);
    for (const path of ['extreme.binary', 'extreme.textual']) {
      expect(await overHttp(path, `{"v":${deepest}}`)).toEqual({ status: 200, value: JSON.parse(deepest) });
      expect(await overSocket(path, `{"v":${deepest}}`)).toMatchObject({ value: JSON.parse(deepest) });
    }
    const text = '\u0001\u001f"\\/\u007f\u0080\u2028\u2029\ufeff\uffff😀é';
    expect(await overHttp('extreme.echo', JSON.stringify({ v: text }))).toEqual({ status: 200, value: text });
    expect(await overSocket('extreme.echo', JSON.stringify({ v: text }))).toMatchObject({ value: text });
  });

  test('a mutation with an argument that can\'t be has written nothing', async () => {
    const before = (await client.query('extreme.kept')).value;
    for (const args of ['{"v":"a\\u0000"}', '{"v":"a","v":"b"}', JSON.stringify({ v: 'x'.repeat(300_000) })]) {
      expect((await overHttp('extreme.keep', args, 'mutation')).error).toBeDefined();
      expect(await overSocket('extreme.keep', args, 'mutate')).toHaveProperty('error');
    }
    expect((await client.query('extreme.kept')).value).toBe(before);
  });

  test('10 MB in a body are refused by its length, and in a frame end the socket, each with its reason', async () => {
    explain(stack);
    const args = JSON.stringify({ v: 'x'.repeat(10_000_000) });
    expect(await overHttp('extreme.size', args)).toEqual({ status: 413, error: { code: 'too_large', message: 'the body is too long' } });
    expect(await overHttp('extreme.keep', args, 'mutation')).toMatchObject({ status: 413, error: { code: 'too_large' } });
    expect(await overSocket('extreme.size', args)).toMatchObject({ closed: { code: 1009 } });
    expect((await stack.gateway.http('/api/query', { path: 'extreme.kept' })).body).toEqual({ value: 0 });
  });

  test.each([
    ['two members of a call', '{"path":"extreme.echo","path":"extreme.size","args":{"v":"x"}}', '{"type":"query","id":1,"id":2,"path":"extreme.echo"}', 'duplicate key in the object that ends here'],
    ['a call that ends in the middle', '{"path":"extreme.echo","args":{"v":"x"', '{"type":"query","id":1,"path":"extreme.echo","args":{"v":"x"', ''],
    ['text behind the call', '{"path":"extreme.echo","args":{"v":"x"}} {}', '{"type":"ping"} {}', 'text after the value'],
    ['arguments and more that is wrong', '{"path":7,"args":{"v":1,"v":1}}', '{"type":"query","id":"1","path":"extreme.echo","args":{"v":1,"v":1}}', 'duplicate key'],
  ])('%s is no call at all', async (_, body, frame, said) => {
    const reply = await post(stack.gateway.port, '/api/query', Buffer.from(body));
    expect(reply).toMatchObject({ status: 400, error: { code: 'protocol', message: expect.stringContaining(said) } });
    client.raw(frame);
    expect((await client.until('the close', () => client.closed)).code).toBe(1002);
  });

  test('a body that is the arguments, and arguments in an address, are judged alike', async () => {
    for (const [args, message] of [[`{"v":${nested(64)}}`, 'nested too deeply'], ['{"v":1,"v":1}', 'duplicate key'], ['{"v":', 'a value is missing']] as const) {
      expect(await post(stack.gateway.port, '/api/f/extreme/binary', Buffer.from(args))).toMatchObject({ status: 400, error: { code: 'invalid_arguments', message: expect.stringContaining(message) } });
      const got = await stack.gateway.http(`/api/query?path=extreme.binary&args=${encodeURIComponent(args)}`);
      expect(got).toMatchObject({ status: 400, body: { code: 'invalid_arguments', message: expect.stringContaining(message) } });
    }
    expect((await stack.gateway.http('/api/query?path=extreme.echo&args=%7B%22v%22%3A%22%C3%28%22%7D')).body).toMatchObject({ code: 'invalid_arguments', message: expect.stringContaining('invalid UTF-8') });
    expect((await stack.gateway.http(`/api/query?path=extreme.echo&args=${'x'.repeat(20_000)}`)).status).toBe(431);
  });

  test('one query of a batch that is wrong by itself harms no other; a text that is none is refused whole', async () => {
    const batch = await post(stack.gateway.port, '/api/batch', Buffer.from(JSON.stringify({
      queries: [{ path: 'extreme.echo', args: { v: 'a\u0000' } }, { path: 'extreme.rows', args: { n: 100_000 } }, { path: 'extreme.size', args: { v: 'x'.repeat(300_000) } },
        { path: 'extreme.echo', args: { v: 'fine' } }],
    })));
    expect(batch.status).toBe(200);
    const whole = await post(stack.gateway.port, '/api/batch', Buffer.from('{"queries":[{"path":"extreme.echo","args":{"v":"a","v":"b"}},{"path":"extreme.kept"}]}'));
    expect(whole).toMatchObject({ status: 400, error: { code: 'protocol', message: expect.stringContaining('duplicate key') } });
  });

  test('100,000 rows that were allowed come whole, by HTTP, once, and live with one row more', async () => {
    explain(stack);
    const last = (value: unknown): unknown[] => (value as unknown[]).slice(-1);
    const http = await overHttp('extreme.rows_allowed', '{"n":100000}');
    expect(http.value).toHaveLength(100_000);
    const socket = await overSocket('extreme.rows_allowed', '{"n":100000}');
    expect((socket as { value?: unknown }).value).toHaveLength(100_000);
    await client.mutate('extreme.fill', { n: 100_000 });
    const all = await client.live('extreme.all');
    expect(all.value).toHaveLength(100_000);
    const before = client.frames.length;
    await client.mutateAndSee('extreme.fill', { n: 100_001 });
    expect(all.value).toHaveLength(100_001);
    expect(last(all.value)).toEqual([{ id: 100_001 }]);
    // One row is sent and not all of them.
    expect(client.frames.slice(before).reduce((sum, frame) => sum + (frame.out ? 0 : frame.text.length), 0)).toBeLessThan(2_000);
  });
});

describe('with limits that were raised', () => {
  const stack = useStack({
    sql,
    gateway: { settings: { FRESHET_MAX_MESSAGE_BYTES: '16000000', FRESHET_MAX_ARGS_BYTES: '15000000', FRESHET_MAX_RESULT_BYTES: '1000000' } },
  });

  test('the database has its own limit for arguments, which only a superuser raises', async () => {
    explain(stack);
    const args = { v: 'x'.repeat(10_000_000) };
    const client = await stack.gateway.client();
    const refused = { code: 'too_large', message: 'the arguments are larger than 4194304 bytes' };
    expect(await stack.gateway.http('/api/query', { path: 'extreme.size', args })).toMatchObject({ status: 413, body: refused });
    expect((await client.query('extreme.size', args)).error).toMatchObject(refused);
    await client.close();
    await stack.cluster.sql('admin', `ALTER DATABASE app SET freshet.max_argument_bytes = '20MB'`);
    await stack.gateway.stop('SIGTERM');
    await stack.gateway.boot();
    const again = await stack.gateway.client();
    expect((await stack.gateway.http('/api/query', { path: 'extreme.size', args })).body).toEqual({ value: 10_000_000 });
    expect((await again.query('extreme.size', args)).value).toBe(10_000_000);
    expect((await again.mutate('extreme.keep', args)).error).toBeUndefined();
    await again.close();
  });

  test('a live result beyond --max-result-bytes is that error, and a value again when it is small enough', async () => {
    const client = await stack.gateway.client();
    await client.mutate('extreme.fill', { n: 100_000 });
    const all = await client.live('extreme.all');
    expect(all.error).toMatchObject({ code: 'too_large', retryable: false });
    await stack.cluster.sql('owner', 'DELETE FROM app.many WHERE id > 3');
    await client.until('the value', () => all.error === undefined);
    expect(all.value).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    await client.close();
  });
});
