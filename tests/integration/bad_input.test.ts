import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { ecKey, hmacKey, rsaKey, token, unsigned } from '../harness/token.ts';
import { explain, useStack } from '../harness/stack.ts';
import type { SyncClient } from '../harness/sync_client.ts';

/** Words that a client must never read: names of tables, columns, roles, files and statements that it was not told. */
const details = /app\.note|secret_|freshet_owner|freshet_call|one_slug_pkey|SELECT |\.cpp|\.so\b|search_path|SQLSTATE/;

const typesSql = `
  CREATE SCHEMA typed;
  CREATE TYPE typed.mood AS ENUM ('glad', 'sad');
  CREATE DOMAIN typed.short AS text CHECK (length(VALUE) <= 3);
  CREATE TYPE typed.pair AS (a int, b text);
  ${[
    ['i2', 'int2'], ['i4', 'int4'], ['i8', 'int8'], ['f8', 'float8'], ['num', 'numeric'], ['flag', 'bool'], ['txt', 'text'],
    ['uid', 'uuid'], ['ts', 'timestamptz'], ['day', 'date'], ['mood', 'typed.mood'], ['short', 'typed.short'],
    ['pair', 'typed.pair'], ['list', 'int4[]'], ['span', 'int4range'], ['bytes', 'bytea'], ['addr', 'inet'], ['doc', 'jsonb'],
  ].map(([name, type]) => `CREATE FUNCTION typed.${name}(v ${type}) RETURNS text STABLE LANGUAGE sql AS $$ SELECT v::text $$;
    SELECT freshet.expose('typed.${name}', public => true);`).join('\n')}
`;

describe('bad input', () => {
  const stack = useStack({ fixture: 'notes', sql: typesSql, gateway: { settings: { FRESHET_MAX_MESSAGE_BYTES: '100000' } } });
  let client: SyncClient;

  beforeEach(async () => {
    client = await stack.gateway.client();
  });
  // After every case the same session still works, and nothing that went to it told more than it should.
  afterEach(async () => {
    if (client.closed === undefined) {
      expect((await client.query('notes.count_in', { list: 1 })).value).toBe(0);
    }
    for (const frame of client.frames) if (!frame.out) expect(frame.text).not.toMatch(details);
    await client.close();
  });

  const refused = async (path: string, args: unknown): Promise<{ code: string; details?: unknown }> => {
    const reply = await client.query(path, args as Record<string, unknown>);
    expect(reply.error, `${path} ${JSON.stringify(args)}`).toBeDefined();
    return reply.error as { code: string; details?: unknown };
  };

  test.each(['no.such', 'notes', '', 'notes.hidden', 'notes.in_list.more', 'pg_catalog.pg_sleep', 'freshet.call', `notes.in_list'; --`])(
    'a function that is not exposed is not found: %s',
    async (path) => {
      expect(await refused(path, {})).toMatchObject({ code: 'not_found' });
    },
  );

  test('a mutation asked for as a query, and a query as a mutation, are not found', async () => {
    expect(await refused('notes.add', { list: 1, body: 'x' })).toMatchObject({ code: 'not_found' });
    expect((await client.mutate('notes.count_in', { list: 1 })).error).toMatchObject({ code: 'not_found' });
  });

  test('every problem of the arguments is told at once, each with its path', async () => {
    const error = await refused('notes.in_list', { lst: 1 });
    expect(error.code).toBe('invalid_arguments');
    const paths = (error.details as { path: string }[]).map((problem) => problem.path);
    expect(paths.some((path) => path.includes('lst'))).toBe(true);
    expect(paths.some((path) => path.endsWith('list'))).toBe(true);
  });

  test('null is refused where it was not declared', async () => {
    expect(await refused('notes.in_list', { list: null })).toMatchObject({ code: 'invalid_arguments' });
  });

  test.each([
    ['i2', [40000, '1', 1.5, true, null, [], {}]],
    ['i4', [3000000000, '1', 1.5, -2147483649, []]],
    ['i8', ['x', 1.5, 1e30, {}]],
    ['f8', ['one', true, []]],
    ['num', ['1,5', true, {}]],
    ['flag', ['true', 1, 0]],
    ['txt', [1, true, {}, 'a\u0000b']],
    ['uid', ['not-a-uuid', 7, '00000000-0000-0000-0000-00000000000g']],
    ['ts', ['yesterday evening', 7, '2024-13-01T00:00:00Z', '2024-02-30']],
    ['day', ['2024-02-30', 20240101, 'x']],
    ['mood', ['angry', 1, '', 'Glad']],
    ['short', ['four', 4]],
    ['pair', [[1, 'x'], { a: 'x' }, { a: 1, b: 'x', c: 1 }, 7]],
    ['list', [1, ['x'], [1, null, 'y'], '{1,2}', [[1, 2], [3]]]],
    ['span', ['(5,1]', 'x', 5]],
    ['bytes', ['***', 5, [1]]],
    ['addr', ['999.1.1.1', 5]],
  ] as [string, unknown[]][])('wrong values of %s are invalid arguments', async (name, values) => {
    explain(stack);
    for (const v of values) {
      expect(await refused(`typed.${name}`, { v }), JSON.stringify(v)).toMatchObject({ code: 'invalid_arguments' });
    }
  });

  test('digits beyond what the type holds are refused and never rounded', async () => {
    client.raw('{"type":"query","id":900,"path":"typed.i8","args":{"v":9223372036854775808}}');
    const answer = (): string | undefined => client.frames.find((frame) => !frame.out && /"id":\s*900\b/.test(frame.text))?.text;
    await client.until('the answer', () => answer() !== undefined || client.violation !== undefined).catch(() => undefined);
    expect(answer()).toMatch(/invalid_arguments|out_of_range/);
    client.violation = undefined;
  });

  test('an error inside a function is typed, and tells nothing of the inside', async () => {
    expect(await refused('notes.divide', { by: 0 })).toHaveProperty('code');
    expect(await refused('notes.outdated', {})).toMatchObject({ code: 'schema_changed' });
    const broken = await refused('notes.broken', {});
    expect(broken.code).toBe('internal');
    expect(broken).toHaveProperty('id');
    await eventually('the log has it under that id', () => stack.gateway.log().includes((broken as unknown as { id: string }).id));
  });

  test('a query that writes is refused and has written nothing', async () => {
    expect(await refused('notes.writes', {})).toMatchObject({ code: 'read_only' });
    expect(await stack.cluster.rows('owner', 'SELECT count(*) FROM app.note WHERE list = 99')).toEqual([['0']]);
  });

  test('a bad call in a session leaves its live queries as they are', async () => {
    explain(stack);
    const count = await client.live('notes.count_in', { list: 50 });
    await refused('notes.broken', {});
    await refused('no.such', {});
    const bad = await client.live('notes.in_list', { list: 'x' });
    expect(bad.error).toMatchObject({ code: 'invalid_arguments' });
    await client.mutateAndSee('notes.add', { list: 50, body: 'still alive' });
    expect(count.value).toBe(1);
  });
});

describe('frames that break the protocol close the socket and no other', () => {
  const stack = useStack({ fixture: 'notes', gateway: { settings: { FRESHET_MAX_MESSAGE_BYTES: '100000' } } });

  const cases: [string, string | Buffer, number, boolean?][] = [
    ['no JSON', 'hello', 1002],
    ['an array', '[]', 1002],
    ['a number', '7', 1002],
    ['half an object', '{"type":"ping"', 1002],
    ['no type', '{}', 1002],
    ['an unknown type', '{"type":"shout"}', 1002],
    ['hello twice', '{"type":"hello"}', 1002],
    ['an id that is a string', '{"type":"query","id":"1","path":"notes.count_in","args":{}}', 1002],
    ['an id that is negative', '{"type":"query","id":-1,"path":"notes.count_in","args":{}}', 1002],
    ['an id beyond 2^53', '{"type":"query","id":9007199254740993,"path":"notes.count_in","args":{}}', 1002],
    ['a binary frame', Buffer.from([1, 2, 3]), 1002, true],
    ['nesting without end', '{"type":"ping","data":' + '['.repeat(10_000) + ']'.repeat(10_000) + '}', 1002],
    ['duplicate keys', '{"type":"query","id":1,"id":2,"path":"notes.count_in","args":{}}', 1002],
    ['a message too large', JSON.stringify({ type: 'ping', data: 'x'.repeat(200_000) }), 1009],
  ];
  test.each(cases)('%s', async (_, frame, code, binary) => {
    explain(stack);
    const bystander = await stack.gateway.client();
    const count = await bystander.live('notes.count_in', { list: 1 });
    const client = await stack.gateway.client();
    client.raw(frame, binary ?? false);
    const closed = await client.until('the close', () => client.closed);
    expect([1002, 1003, 1007, 1008, 1009]).toContain(closed.code);
    if (code === 1009) expect(closed.code).toBe(1009);
    for (const sent of client.frames) if (!sent.out) expect(sent.text).not.toMatch(details);
    const before = count.value as number;
    await bystander.mutateAndSee('notes.add', { list: 1, body: 'x' });
    expect(count.value).toBe(before + 1);
    await bystander.close();
  });

  test('invalid UTF-8 in a text frame', async () => {
    const client = await stack.gateway.client();
    client.raw(Buffer.concat([Buffer.from('{"type":"ping","data":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]));
    expect((await client.until('the close', () => client.closed)).code).toSatisfy((code: number) => code === 1007 || code === 1002);
  });

  test('anything before hello', async () => {
    const { SyncClient } = await import('../harness/sync_client.ts');
    const { WebSocket } = await import('ws');
    expect(SyncClient).toBeDefined();
    const socket = new WebSocket(stack.gateway.syncUrl, 'freshet.v1');
    const code = await new Promise<number>((resolve, reject) => {
      socket.once('open', () => socket.send('{"type":"subscribe","id":1,"path":"notes.count_in","args":{"list":1}}'));
      socket.once('close', resolve);
      socket.once('error', reject);
    });
    expect(code).toBe(1002);
  });

  test('a wrong subprotocol is not upgraded', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(stack.gateway.syncUrl, 'something.else');
    await expect(new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    })).rejects.toThrow();
  });
});

describe('forged tokens', () => {
  const stack = useStack({ fixture: 'notes' });
  const now = Math.floor(Date.now() / 1000);

  const forged: [string, () => string][] = [
    ['signed with another secret', () => token(hmacKey('another secret of thirty-two bytes!!'), { sub: 'eve' })],
    ['unsigned', () => token(unsigned, { sub: 'eve' })],
    ['unsigned with the algorithm in capitals', () => token(unsigned, { sub: 'eve' }, { alg: 'NONE' })],
    ['signed by a key pair of its own', () => token(rsaKey(), { sub: 'eve' })],
    ['signed by a curve of its own', () => token(ecKey(), { sub: 'eve' })],
    ['expired', () => stack.gateway.token({ sub: 'eve', exp: now - 600 })],
    ['not valid yet', () => stack.gateway.token({ sub: 'eve', nbf: now + 600 })],
    ['with claims changed after signing', () => {
      const [header, , signature] = stack.gateway.token({ sub: 'eve' }).split('.');
      return `${header}.${Buffer.from(JSON.stringify({ sub: 'admin', exp: now + 600 })).toString('base64url')}.${signature}`;
    }],
    ['empty', () => ''],
    ['of two parts', () => 'a.b'],
    ['no base64', () => '*.*.*'],
    ['very long', () => 'x'.repeat(50_000)],
  ];
  test.each(forged)('%s', async (_, make) => {
    explain(stack);
    const client = await stack.gateway.client();
    client.auth(make());
    const reply = await client.until('the answer to auth', () => client.auths.at(-1) ?? client.closed);
    if ('ok' in reply) {
      expect(reply.ok).toBe(false);
      expect(reply.error).toMatchObject({ code: 'unauthenticated' });
      expect(JSON.stringify(reply)).not.toMatch(/eve|admin/);
    }
    const http = await stack.gateway.http('/api/query', { path: 'notes.count_in', args: { list: 1 } }, { headers: { authorization: `Bearer ${make()}` } });
    // A header that no token needs is refused before it is looked at.
    expect(http.status).toBe(make().length > 16_000 ? 431 : 401);
  });

  test.each([['RS256', rsaKey], ['ES256', ecKey]] as const)('an honest %s token is accepted, the public key as an HMAC secret is not', async (_, make) => {
    const { Gateway } = await import('../harness/gateway.ts');
    const key = make();
    const gateway = await Gateway.start(stack.cluster, { key });
    try {
      const honest = await gateway.client({ sub: 'alice' });
      await honest.until('accepted', () => honest.auths.at(-1)?.ok === true);
      const confused = await gateway.client();
      confused.auth(token(hmacKey(key.verifyWith), { sub: 'eve' }));
      await confused.until('refused', () => confused.auths.at(-1)?.ok === false);
    } finally {
      await gateway.remove();
    }
  });
});
