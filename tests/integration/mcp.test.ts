import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema, ToolListChangedNotificationSchema, type CallToolResult, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, stays } from '../harness/deadline.ts';
import { explain, useStack } from '../harness/stack.ts';
import type { Claims } from '../harness/token.ts';

// Lists and single rows, errors of every sort, names that need care, a list that is too long for agents.
const schema = `
CREATE SCHEMA shop;
CREATE SCHEMA a;
CREATE SCHEMA a_b;
CREATE TYPE app.size AS ENUM ('small', 'medium', 'large');
CREATE TABLE app.item (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL UNIQUE, size app.size, price numeric);
INSERT INTO app.item (name, size, price) VALUES ('cup', 'small', 1.50), ('pot', NULL, NULL);
CREATE FUNCTION shop.items(of_size app.size DEFAULT NULL) RETURNS TABLE (id bigint, name text, size app.size, price numeric) STABLE LANGUAGE sql
  AS $$ SELECT i.id, i.name, i.size, i.price FROM app.item i WHERE items.of_size IS NULL OR i.size = items.of_size ORDER BY i.id $$;
CREATE FUNCTION shop.item(id bigint) RETURNS TABLE (name text, size app.size) STABLE LANGUAGE sql AS $$ SELECT i.name, i.size FROM app.item i WHERE i.id = item.id $$;
CREATE FUNCTION shop.add(name text, size app.size DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE made bigint;
  BEGIN
    IF name = '' THEN PERFORM freshet.fail('no_name', 'give it a name', '{"hint": 1}'); END IF;
    INSERT INTO app.item (name, size) VALUES (add.name, add.size) RETURNING id INTO made; RETURN made;
  END $$;
CREATE FUNCTION shop.rows(n int, width int DEFAULT 100) RETURNS TABLE (i int, filler text) STABLE LANGUAGE sql AS $$
  SELECT g, repeat('x', rows.width) FROM generate_series(1, rows.n) g ORDER BY g $$;
CREATE FUNCTION shop.unordered(n int) RETURNS TABLE (i int, filler text) STABLE LANGUAGE sql AS $$ SELECT g, repeat('ä', 100) FROM generate_series(1, unordered.n) g $$;
CREATE FUNCTION shop.long_text(n int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT repeat('x', long_text.n) $$;
CREATE FUNCTION shop.whoami() RETURNS text STABLE LANGUAGE sql AS $$ SELECT freshet.user_id() $$;
CREATE FUNCTION shop.members_only() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION shop.precise() RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT '{"n": 12345678901234567890.123}'::jsonb $$;
CREATE FUNCTION a.b_c() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION a_b.c() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 2 $$;
CREATE FUNCTION a."größe %"() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 3 $$;
CREATE FUNCTION a.secret() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 4 $$;
COMMENT ON FUNCTION shop.items IS E'All that is for sale.\n@mcp title Items';
COMMENT ON FUNCTION shop.add IS E'Puts something on sale.\n@mcp additive';
COMMENT ON FUNCTION a.secret IS '@mcp hidden';
SELECT freshet.expose('shop.items', public => true);
SELECT freshet.expose('shop.item', public => true, cardinality => 'one');
SELECT freshet.expose('shop.add', public => true, errors => '{no_name}');
SELECT freshet.expose('shop.rows', public => true, order_by => 'i', max_page => 5000);
SELECT freshet.expose('shop.unordered', public => true);
SELECT freshet.expose('shop.long_text', public => true);
SELECT freshet.expose('shop.whoami', guard => 'true');
SELECT freshet.expose('shop.members_only', guard => 'freshet.claim(''team'') = ''2''');
SELECT freshet.expose('shop.precise', public => true);
SELECT freshet.expose(f, public => true) FROM unnest(ARRAY['a.b_c', 'a_b.c', 'a.größe %', 'a.secret']) f;
`;

const stack = useStack({ fixture: 'tenants', sql: schema });
const url = () => new URL(`${stack.gateway.url}/mcp`);
const open: Client[] = [];

afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

interface Agent {
  client: Client;
  transport: StreamableHTTPClientTransport;
  session: string;
  updated: string[];
}

const as = (claims: Claims): Record<string, string> => ({ authorization: `Bearer ${stack.gateway.token(claims)}` });

/** The official client, connected; `headers` say who it is. */
async function agent(headers: Record<string, string> = {}): Promise<Agent> {
  const transport = new StreamableHTTPClientTransport(url(), { requestInit: { headers } });
  const client = new Client({ name: 'test', version: '1' });
  const updated: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, (note) => {
    updated.push(note.params.uri);
  });
  open.push(client);
  await client.connect(transport);
  return { client, transport, session: transport.sessionId as string, updated };
}

const call = async (who: Agent, name: string, args: Record<string, unknown> = {}, meta?: Record<string, unknown>): Promise<CallToolResult> =>
  (await who.client.callTool({ name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) })) as CallToolResult;
const text = (result: CallToolResult): string => {
  const [first] = result.content;
  if (first?.type !== 'text') throw new Error('no text');
  return first.text;
};
const failure = (result: CallToolResult): { code: string; details?: unknown; message: string; retryable: boolean } => {
  expect(result.isError).toBe(true);
  expect(JSON.parse(text(result))).toEqual(result._meta?.['freshet/error']);
  return JSON.parse(text(result)) as never;
};
async function allTools(who: Agent): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  do {
    const page = await who.client.listTools(cursor === undefined ? {} : { cursor });
    tools.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tools;
}
const tool = async (who: Agent, name: string): Promise<Tool> => {
  const found = (await allTools(who)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no tool ${name}`);
  return found;
};

/** One HTTP request of the protocol, as no client of good will would send it. */
async function raw(body: unknown, headers: Record<string, string> = {}, method = 'POST') {
  const reply = await fetch(url(), {
    method,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = await reply.text();
  const json = (reply.headers.get('content-type') ?? '').includes('json');
  return { status: reply.status, headers: reply.headers, body: json ? (JSON.parse(answer) as { result?: unknown; error?: { code: number; message: string; data?: { code: string } } }) : answer };
}
const request = (method: string, params: unknown = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const initialize = (protocolVersion = '2025-11-25') => request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 't', version: '1' } });

describe('tools', () => {
  test('each exposed function is one, with a description that tells who may call it and how it fails', async () => {
    const anybody = await agent();
    const items = await tool(anybody, 'shop_items');
    expect(items).toMatchObject({ title: 'Items', annotations: { readOnlyHint: true, idempotentHint: true, destructiveHint: false, openWorldHint: false } });
    expect(items.description).toMatch(/^All that is for sale\.\n\nQuery `shop\.items`: reads only\.\nAccess: everybody\./);
    expect(items.description).not.toContain('@mcp');
    expect(items.inputSchema).toMatchObject({ type: 'object', properties: { of_size: {} }, additionalProperties: false });
    const add = await tool(anybody, 'shop_add');
    expect(add.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false, idempotentHint: false });
    expect(add.description).toContain('`no_name`');
    expect(add.inputSchema.required).toEqual(['name']);
    const mine = await tool(await agent(as({ sub: 'alice', team: 1 })), 'docs_of_team');
    expect(mine.description).toContain('guarded by `app.require_member(team)`');
    expect((await tool(await agent(as({ sub: 'alice', team: 1 })), 'docs_add')).annotations).toMatchObject({ destructiveHint: true });
  });

  test('names are of few characters, never ambiguous, and what is hidden has none', async () => {
    const anybody = await agent();
    const tools = await allTools(anybody);
    for (const one of tools) expect(one.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(new Set(tools.map((one) => one.name)).size).toBe(tools.length);
    const named = (path: string) => tools.find((one) => one._meta?.['freshet/path'] === path)?.name as string;
    expect(named('shop.items')).toBe('shop_items');
    expect(named('a.b_c')).toMatch(/^a_b_c_[0-9a-f]{8}$/);
    expect(named('a_b.c')).toMatch(/^a_b_c_[0-9a-f]{8}$/);
    expect(await call(anybody, named('a.b_c'))).toMatchObject({ structuredContent: { result: 1 } });
    expect(await call(anybody, named('a_b.c'))).toMatchObject({ structuredContent: { result: 2 } });
    expect(await call(anybody, named('a.größe %'))).toMatchObject({ structuredContent: { result: 3 } });
    await expect(call(anybody, 'a_b_c')).rejects.toMatchObject({ code: -32602 });
    expect(named('a.secret')).toBeUndefined();
    await expect(call(anybody, 'a_secret')).rejects.toMatchObject({ code: -32602 });
  });

  test('what they give keeps to their output schema, for a strict validator, and its text says the same', async () => {
    const anybody = await agent();
    const calls: [string, Record<string, unknown>][] = [
      ['shop_items', {}], ['shop_items', { of_size: 'small' }], ['shop_item', { id: 1 }], ['shop_rows', { n: 3 }], ['shop_rows', { n: 3, page: { limit: 2 } }],
      ['shop_rows', { n: 5000 }], ['shop_unordered', { n: 2000 }], ['shop_precise', {}], ['shop_long_text', { n: 3 }],
    ];
    for (const [name, args] of calls) {
      const { outputSchema } = await tool(anybody, name);
      const result = await call(anybody, name, args);
      expect(result.isError, JSON.stringify(result).slice(0, 300)).toBeUndefined();
      const valid = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(outputSchema as object);
      expect(valid(result.structuredContent), JSON.stringify(valid.errors)).toBe(true);
      if (name !== 'shop_long_text') expect(JSON.parse(text(result))).toEqual(result.structuredContent);
    }
    expect((await call(anybody, 'shop_items')).structuredContent).toMatchObject({ result: [{ id: 1, name: 'cup', size: 'small', price: '1.50' }, { id: 2, size: null }] });
    expect((await call(anybody, 'shop_item', { id: 1 })).structuredContent).toEqual({ name: 'cup', size: 'small' });
    expect(text(await call(anybody, 'shop_long_text', { n: 3 }))).toBe('xxx');
    expect(text(await call(anybody, 'shop_precise'))).toContain('12345678901234567890.123');
  });

  test('all input schemas are JSON Schema of 2020-12 for a strict validator', async () => {
    for (const one of await allTools(await agent(as({ sub: 'alice', team: 1 })))) {
      for (const part of [one.inputSchema, one.outputSchema]) new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(part as object);
    }
  });

  test('errors are typed, and name the argument', async () => {
    const anybody = await agent();
    expect(failure(await call(anybody, 'shop_items', { of_size: 'huge' }))).toMatchObject({ code: 'invalid_arguments', details: [{ path: 'of_size' }] });
    expect(failure(await call(anybody, 'shop_items', { colour: 'red' }))).toMatchObject({ code: 'invalid_arguments', details: [{ path: 'colour' }] });
    expect(failure(await call(anybody, 'shop_add', { name: '' }))).toMatchObject({ code: 'application', details: { code: 'no_name', data: { hint: 1 } } });
    expect(failure(await call(anybody, 'shop_add', { name: 'cup' }))).toMatchObject({ code: 'conflict', details: { kind: 'unique', argument: 'name' } });
    expect(failure(await call(anybody, 'shop_item', { id: 999 }))).toMatchObject({ code: 'not_found' });
    expect(failure(await call(anybody, 'docs_of_team', { team: 1 }))).toMatchObject({ code: 'unauthenticated' });
    const alice = await agent(as({ sub: 'alice', team: 1 }));
    expect(failure(await call(alice, 'shop_members_only'))).toMatchObject({ code: 'forbidden' });
    expect(failure(await call(anybody, 'shop_rows', { n: 1, page: 7 }))).toMatchObject({ code: 'invalid_arguments', details: [{ path: 'page' }] });
    expect(failure(await call(anybody, 'shop_rows', { n: 1, page: { limit: 1, after: 'nonsense' } }))).toMatchObject({ code: 'invalid_cursor' });
  });

  test('lists are read by pages to their end', async () => {
    const anybody = await agent();
    const seen: number[] = [];
    let after: string | null | undefined;
    do {
      const result = await call(anybody, 'shop_rows', { n: 25, page: { limit: 10, ...(typeof after === 'string' ? { after } : {}) } });
      const page = result.structuredContent as { result: { i: number }[]; next: string | null };
      seen.push(...page.result.map((row) => row.i));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  test('a result is bounded: it says that it was cut, and how to go on where there is a way', async () => {
    const anybody = await agent();
    const limit = 64 * 1024;
    const seen: number[] = [];
    let after: string | null | undefined;
    let pages = 0;
    do {
      const result = await call(anybody, 'shop_rows', { n: 2000, ...(typeof after === 'string' ? { page: { limit: 5000, after } } : {}) });
      const page = result.structuredContent as { result: { i: number }[]; next: string | null; truncated?: { rows: number } };
      expect(JSON.stringify(page.result).length).toBeLessThanOrEqual(limit);
      if (page.next !== null) {
        expect(page.truncated).toMatchObject({ rows: page.result.length, limit_bytes: limit });
        expect(page.truncated).toHaveProperty('how', expect.stringContaining(page.next));
        expect(result.content[1]).toMatchObject({ type: 'text', text: expect.stringContaining('Cut: ') });
      }
      seen.push(...page.result.map((row) => row.i));
      after = page.next;
      pages += 1;
    } while (after !== null);
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    expect(pages).toBeGreaterThan(2);
    const cut = (await call(anybody, 'shop_unordered', { n: 5000 })).structuredContent as { result: unknown[]; truncated: object };
    expect(cut.truncated).toMatchObject({ rows: cut.result.length, of: 5000, limit_bytes: limit });
    expect(Buffer.byteLength(JSON.stringify(cut.result))).toBeLessThanOrEqual(limit);
    expect(failure(await call(anybody, 'shop_long_text', { n: 100_000 }))).toMatchObject({ code: 'too_large', details: { limit_bytes: limit } });
    expect(failure(await call(anybody, 'shop_rows', { n: 1, width: 100_000 }))).toMatchObject({ code: 'too_large' });
  });

  test('a mutation with a key happens once, without one at most once', async () => {
    const anybody = await agent();
    const meta = { 'freshet/idempotency-key': 'jug-1' };
    const made = await call(anybody, 'shop_add', { name: 'jug' }, meta);
    const again = await call(await agent(), 'shop_add', { name: 'jug' }, meta);
    expect(again.structuredContent).toEqual(made.structuredContent);
    expect(again._meta).toMatchObject({ 'freshet/replayed': true });
    expect(failure(await call(anybody, 'shop_add', { name: 'mug' }, meta))).toMatchObject({ code: 'conflict' });
    await expect(call(anybody, 'shop_add', { name: 'mug' }, { 'freshet/idempotency-key': 'no key' })).rejects.toMatchObject({ code: -32602 });
    expect(await stack.cluster.rows('admin', `SELECT count(*) FROM app.item WHERE name IN ('jug', 'mug')`)).toEqual([['1']]);
  });

  test('the list follows the catalog, and says so', async () => {
    explain(stack);
    const anybody = await agent();
    let changes = 0;
    anybody.client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      changes += 1;
    });
    await stack.cluster.sql('owner', `CREATE FUNCTION shop.later() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$; SELECT freshet.expose('shop.later', public => true)`);
    await eventually('the change is told', () => changes > 0, { within: 20_000 });
    expect((await allTools(anybody)).map((one) => one.name)).toContain('shop_later');
    const before = changes;
    await stack.cluster.sql('owner', `COMMENT ON FUNCTION shop.later IS 'Later.'`);
    await eventually('another one is told', () => changes > before, { within: 20_000 });
    expect((await tool(anybody, 'shop_later')).description).toMatch(/^Later\./);
  });

  test('long lists of tools come in pages that do not move', async () => {
    await stack.cluster.sql('owner', `CREATE SCHEMA many; DO $do$ BEGIN FOR i IN 1..230 LOOP
      EXECUTE format('CREATE FUNCTION many.f%s() RETURNS int STABLE LANGUAGE sql AS $$ SELECT %s $$', lpad(i::text, 3, '0'), i);
      PERFORM freshet.expose(format('many.f%s', lpad(i::text, 3, '0')), public => true); END LOOP; END $do$`);
    const anybody = await agent();
    await eventually('they are there', async () => (await allTools(anybody)).filter((one) => one.name.startsWith('many_')).length === 230, { within: 30_000, every: 200 });
    const paths = (await allTools(anybody)).map((one) => one._meta?.['freshet/path']);
    expect(paths).toEqual([...paths].sort());
    expect((await anybody.client.listTools()).tools.length).toBe(100);
    for (const cursor of ['nonsense!', '=', 'AA==']) await expect(anybody.client.listTools({ cursor })).rejects.toMatchObject({ code: -32602 });
    await stack.cluster.sql('owner', 'DROP SCHEMA many CASCADE');
  });
});

describe('who calls', () => {
  test('nobody is shown and may call what is public, and a wrong token is never nobody', async () => {
    const names = (await allTools(await agent())).map((one) => one.name);
    expect(names).toContain('shop_items');
    expect(names).not.toContain('docs_of_team');
    expect(names).not.toContain('shop_whoami');
    const refused = await raw(initialize(), { authorization: 'Bearer nonsense' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await allTools(await agent(as({ sub: 'alice', team: 1 })))).map((one) => one.name)).toContain('docs_of_team');
  });

  test('an API key is shown and may call what its scopes name', async () => {
    const [[key]] = await stack.cluster.rows<[string]>('admin', `SELECT freshet.create_api_key('agent', '{"sub": "alice", "team": 1}', '{query:docs.of_team,docs.mine}')`) as [[string]];
    const scoped = await agent({ authorization: `Bearer ${key}` });
    expect((await allTools(scoped)).map((one) => one.name)).toEqual(['docs_mine', 'docs_of_team']);
    expect((await scoped.client.listResources()).resources.map((one) => one.uri)).toEqual(['freshet://query/docs.mine']);
    expect((await call(scoped, 'docs_of_team', { team: 1 })).isError).toBeUndefined();
    expect(failure(await call(scoped, 'docs_add', { team: 1, body: 'x' }))).toMatchObject({ code: 'forbidden' });
    expect(failure(await call(scoped, 'docs_latest', { team: 1 }))).toMatchObject({ code: 'forbidden' });
    await expect(scoped.client.readResource({ uri: 'freshet://query/docs.latest?team=1' })).rejects.toThrow('forbidden');
    await expect(scoped.client.subscribeResource({ uri: 'freshet://query/docs.latest?team=1' })).rejects.toThrow('forbidden');
  });

  test('two identities never see each other\'s results', async () => {
    const alice = await agent(as({ sub: 'alice', team: 1 }));
    const bob = await agent(as({ sub: 'bob', team: 2 }));
    const rounds = Array.from({ length: 10 }, async () => {
      for (const name of ['docs_mine', 'docs_mine_by_claim', 'docs_mine_plpgsql', 'docs_mine_folded']) {
        const [hers, his] = await Promise.all([call(alice, name), call(bob, name)]);
        expect(text(hers)).toContain('canary-alice-0');
        expect(text(hers)).not.toContain('bob');
        expect(text(his)).toContain('canary-bob-0');
        expect(text(his)).not.toContain('alice');
      }
      const [hers, his] = await Promise.all([alice, bob].map((who) => who.client.readResource({ uri: 'freshet://query/docs.mine' })));
      expect(JSON.stringify(hers)).not.toContain('bob');
      expect(JSON.stringify(his)).not.toContain('alice');
    });
    await Promise.all(rounds);
    expect((await call(alice, 'shop_whoami')).structuredContent).toEqual({ result: 'alice' });
  });

  test('a session is its caller\'s: for everybody else there is none', async () => {
    const alice = await agent(as({ sub: 'alice', team: 1 }));
    for (const other of [as({ sub: 'bob', team: 2 }), {}]) {
      const headers = { ...other, 'mcp-session-id': alice.session };
      expect((await raw(request('tools/list'), headers)).status).toBe(404);
      expect((await raw(undefined, { ...headers, accept: 'text/event-stream' }, 'GET')).status).toBe(404);
      expect((await raw(undefined, headers, 'DELETE')).status).toBe(404);
    }
    // Another token of the same caller is no other caller.
    expect((await raw(request('tools/list'), { ...as({ sub: 'alice', team: 1, role: 'x' }), 'mcp-session-id': alice.session })).status).toBe(200);
    expect((await allTools(alice)).length).toBeGreaterThan(0);
  });
});

describe('resources', () => {
  test('are the queries, read by their address', async () => {
    const anybody = await agent();
    const { resources } = await anybody.client.listResources();
    expect(resources).toContainEqual(expect.objectContaining({ uri: 'freshet://query/shop.items', mimeType: 'application/json' }));
    const { resourceTemplates } = await anybody.client.listResourceTemplates();
    expect(resourceTemplates).toContainEqual(expect.objectContaining({ uriTemplate: 'freshet://query/shop.item{?id}' }));
    const read = async (uri: string) => {
      const [one] = (await anybody.client.readResource({ uri })).contents;
      expect(one?.uri).toBe(uri);
      return JSON.parse((one as { text: string }).text) as unknown;
    };
    expect(await read('freshet://query/shop.items?of_size=small')).toMatchObject([{ name: 'cup' }]);
    expect(await read('freshet://query/shop.item?id=2')).toMatchObject({ name: 'pot' });
    expect(await read(`freshet://query/shop.rows?n=3&page=${encodeURIComponent('{"limit":2}')}`)).toMatchObject({ rows: [{ i: 1 }, { i: 2 }] });
    expect(await read(`freshet://query/${encodeURIComponent('a.größe %')}`)).toBe(3);
    for (const [uri, code] of [['freshet://query/none.such', -32002], ['freshet://query/shop.add?name=x', -32002], ['freshet://query/a.secret', -32002],
      ['file:///etc/passwd', -32002], ['freshet://query/shop.item?id=1&id=2', -32602], ['freshet://query/shop.item?id=%zz', -32602],
      ['freshet://query/shop.item?id=one', -32602], ['freshet://query/shop.item', -32602]] as const) {
      await expect(anybody.client.readResource({ uri }), uri).rejects.toMatchObject({ code });
    }
    await expect(anybody.client.readResource({ uri: 'freshet://query/shop.long_text?n=100000' })).rejects.toThrow('too_large');
  });

  test('arguments that are enums are completed', async () => {
    const anybody = await agent();
    const { resourceTemplates } = await anybody.client.listResourceTemplates();
    const uri = resourceTemplates.find((one) => one.name === 'shop.items')?.uriTemplate as string;
    const complete = async (value: string) => (await anybody.client.complete({
      ref: { type: 'ref/resource', uri }, argument: { name: 'of_size', value } })).completion.values;
    expect(await complete('')).toEqual(['small', 'medium', 'large']);
    expect(await complete('m')).toEqual(['medium']);
    expect(await complete('x')).toEqual([]);
  });

  test('a subscription tells every change, of whoever made it, and nothing else', async () => {
    explain(stack);
    const anybody = await agent();
    const uri = 'freshet://query/shop.items?of_size=large';
    await anybody.client.subscribeResource({ uri });
    for (let i = 1; i <= 3; ++i) {
      await stack.cluster.sql('owner', `INSERT INTO app.item (name, size) VALUES ('large ${i}', 'large')`);
      await eventually(`change ${i} is told`, () => anybody.updated.length >= i);
      expect(JSON.stringify(await anybody.client.readResource({ uri }))).toContain(`large ${i}`);
    }
    const told = anybody.updated.length;
    await anybody.client.unsubscribeResource({ uri });
    const other = 'freshet://query/shop.items?of_size=medium';
    await anybody.client.subscribeResource({ uri: other });
    await stack.cluster.sql('owner', `INSERT INTO app.item (name, size) VALUES ('large 4', 'large'), ('medium 1', 'medium')`);
    await eventually('the other one is told', () => anybody.updated.includes(other));
    await stays('the first one is silent', () => anybody.updated.length === told + 1, { for: 300 });
  });

  test('a change between reading and subscribing is told', async () => {
    const anybody = await agent();
    const uri = 'freshet://query/shop.items?of_size=large';
    await anybody.client.readResource({ uri });
    await stack.cluster.sql('owner', `INSERT INTO app.item (name, size) VALUES ('between', 'large')`);
    await anybody.client.subscribeResource({ uri });
    await eventually('it is told', () => anybody.updated.includes(uri));
  });

  test('a subscription to what the caller may not read is refused, and ends when access ends', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.member VALUES ('carol', 1)`);
    const carol = await agent(as({ sub: 'carol' }));
    await expect(carol.client.subscribeResource({ uri: 'freshet://query/docs.of_team?team=2' })).rejects.toThrow('forbidden');
    const uri = 'freshet://query/docs.of_team?team=1';
    await carol.client.subscribeResource({ uri });
    await stack.cluster.sql('owner', `DELETE FROM app.member WHERE user_name = 'carol'`);
    await eventually('the end is told', () => carol.updated.includes(uri));
    await expect(carol.client.readResource({ uri })).rejects.toThrow('forbidden');
    const told = carol.updated.length;
    await stack.cluster.sql('owner', `INSERT INTO app.member VALUES ('carol', 1)`);
    const alive = 'freshet://query/shop.items';
    await carol.client.subscribeResource({ uri: alive });
    await stack.cluster.sql('owner', `INSERT INTO app.doc (team, body) VALUES (1, 'after the end'); INSERT INTO app.item (name) VALUES ('a sign')`);
    await eventually('the sign is told', () => carol.updated.includes(alive));
    await stays('nothing more of what has ended', () => carol.updated.filter((one) => one === uri).length === told, { for: 300 });
  });

  test('a revoked key ends its session with everything in it', async () => {
    explain(stack);
    const [[key]] = await stack.cluster.rows<[string]>('admin', `SELECT freshet.create_api_key('to end', '{"sub": "alice", "team": 1}', '{*}')`) as [[string]];
    const headers = { authorization: `Bearer ${key}` };
    const begun = await raw(initialize(), headers);
    const session = { ...headers, 'mcp-session-id': begun.headers.get('mcp-session-id') as string };
    expect((await raw(request('resources/subscribe', { uri: 'freshet://query/docs.mine' }), session)).body).toMatchObject({ result: {} });
    const stream = await fetch(url(), { headers: { ...session, accept: 'text/event-stream' } });
    const ended = stream.text();
    await stack.cluster.rows('admin', `SELECT freshet.revoke_api_key('to end')`);
    await eventually('it is refused', async () => (await raw(request('ping'), session)).status === 401);
    expect(await ended).not.toContain('canary');
  });

  test('a client that comes back is told what it missed', async () => {
    explain(stack);
    const begun = await raw(initialize());
    const session = { 'mcp-session-id': begun.headers.get('mcp-session-id') as string };
    const uri = 'freshet://query/shop.items';
    await raw(request('resources/subscribe', { uri }), session);
    const insert = (name: string) => stack.cluster.sql('owner', `INSERT INTO app.item (name) VALUES ('${name}')`);
    /** Reads a stream until an event matches; then leaves. */
    const listen = async (last: string | undefined, until: RegExp): Promise<string> => {
      const abort = new AbortController();
      const stream = await fetch(url(), { signal: abort.signal, headers: { ...session, accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) } });
      let seen = '';
      const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
      while (!until.test(seen)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended: ${seen}`);
        seen += Buffer.from(value).toString();
      }
      abort.abort();
      return seen;
    };
    await insert('without a stream');
    const first = await listen(undefined, /resources\/updated/);
    expect(first).toMatch(/^id: 0\nretry: \d+\ndata: \n\n/);
    const id = [...first.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] as string;
    await insert('while away');
    expect(await listen(id, /resources\/updated/)).not.toContain(`id: ${id}\nevent`);
    // Seen before the last event: that one comes again, under its id.
    expect(await listen(String(Number(id) - 1), new RegExp(`id: ${id}\\nevent: message\\ndata: .*updated`))).toContain(uri);
    // An id that was never given: everything counts as changed.
    expect(await listen('999999', /resources\/updated/)).toContain('list_changed');
    expect((await raw(undefined, { ...session, accept: 'text/event-stream', 'last-event-id': 'x' }, 'GET')).status).toBe(400);
  });
});

describe('hostile input', () => {
  const begin = async (version?: string) => {
    const begun = await raw(initialize(version));
    return { 'mcp-session-id': begun.headers.get('mcp-session-id') as string };
  };

  test('versions: the one asked for where it is known, else the newest; an unknown header is refused', async () => {
    for (const version of ['2025-11-25', '2025-06-18', '2025-03-26']) expect((await raw(initialize(version))).body).toMatchObject({ result: { protocolVersion: version } });
    expect((await raw(initialize('1999-01-01'))).body).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
    const session = await begin();
    expect((await raw(request('ping'), { ...session, 'mcp-protocol-version': '1999-01-01' })).status).toBe(400);
    expect((await raw(request('ping'), { ...session, 'mcp-protocol-version': '2025-06-18' })).status).toBe(200);
    expect((await raw(request('initialize', { protocolVersion: 7 }))).body).toMatchObject({ error: { code: -32602 } });
  });

  test('sessions: none, unknown, ended', async () => {
    expect((await raw(request('tools/list'))).status).toBe(400);
    for (const id of ['x', 'AAAAAAAAAAAAAAAAAAAAAA', 'x'.repeat(4000)]) expect((await raw(request('tools/list'), { 'mcp-session-id': id })).status).toBe(404);
    const session = await begin();
    expect(session['mcp-session-id']).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect((await raw(initialize(), session)).body).toMatchObject({ error: { code: -32600 } });
    expect((await raw(undefined, session, 'DELETE')).status).toBe(204);
    expect((await raw(request('tools/list'), session)).status).toBe(404);
  });

  test('bodies that are no messages', async () => {
    const session = await begin();
    const refused: [string, number][] = [['', -32700], ['{', -32700], ['{"a":1,"a":2}', -32700], ['7', -32600], ['null', -32600], ['[]', -32600], ['{}', -32600],
      ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600], ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600], ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
      ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600], ['{"jsonrpc":"2.0","id":1,"method":7}', -32600], ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602],
      ['{"jsonrpc":"2.0","id":1}', -32600], [`${'['.repeat(100)}${']'.repeat(100)}`, -32700]];
    for (const [body, code] of refused) {
      const reply = await raw(body, session);
      expect(reply.status, body).toBe(400);
      expect(reply.body, body).toMatchObject({ jsonrpc: '2.0', error: { code } });
    }
    expect((await raw('x'.repeat(3_000_000), session)).status).toBe(413);
    expect((await raw(request('ping'), { ...session, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await raw(request('ping'), { ...session, accept: 'text/html' })).status).toBe(406);
    expect((await raw(undefined, session, 'PUT')).status).toBe(405);
    expect((await raw(request('ping'), { ...session, origin: 'https://evil.example' })).status).toBe(403);
  });

  test('requests that ask for what is not there', async () => {
    const session = await begin();
    const code = async (method: string, params?: unknown) => ((await raw(request(method, params), session)).body as { error?: { code: number } }).error?.code;
    expect(await code('no/such')).toBe(-32601);
    expect(await code('tools/call')).toBe(-32602);
    expect(await code('tools/call', { name: 7 })).toBe(-32602);
    expect(await code('tools/call', { name: 'none' })).toBe(-32602);
    expect(await code('tools/call', { name: 'shop_items', arguments: [] })).toBe(-32602);
    expect(await code('resources/read', { uri: 7 })).toBe(-32602);
    expect(await code('resources/subscribe', { uri: 'x' })).toBe(-32002);
    expect(await code('prompts/get', { name: 'none' })).toBe(-32602);
    expect(await code('logging/setLevel', { level: 'loud' })).toBe(-32602);
    expect(await code('tools/list', { cursor: 7 })).toBe(-32602);
    expect(await code('completion/complete', {})).toBe(-32602);
    expect((await raw(request('tools/call', { name: 'shop_long_text', arguments: { n: 1, x: 'y'.repeat(300_000) } }), session)).body).toMatchObject({ result: { isError: true } });
  });

  test('notifications and answers are taken in silence; ids come back as they were', async () => {
    const session = await begin();
    for (const body of [{ jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', method: 'notifications/unheard-of', params: {} },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } }, { jsonrpc: '2.0', id: 5, result: {} }]) {
      const reply = await raw(body, session);
      expect(reply.status).toBe(202);
      expect(reply.body).toBe('');
    }
    for (const id of [0, 'x', '"\\', 9007199254740991]) expect((await raw(request('ping', {}, id), session)).body).toEqual({ jsonrpc: '2.0', id, result: {} });
  });

  test('batches are of one revision only', async () => {
    const batch = [request('ping', {}, 1), { jsonrpc: '2.0', method: 'notifications/initialized' }, request('no/such', {}, 2), 7];
    expect((await raw(batch, await begin('2025-11-25'))).status).toBe(400);
    const old = await begin('2025-03-26');
    const answers = (await raw(batch, old)).body as unknown as { id: unknown }[];
    expect(answers.map((one) => one.id)).toEqual([1, 2, null]);
    expect((await raw(Array.from({ length: 51 }, (_, i) => request('ping', {}, i)), old)).status).toBe(400);
    expect((await raw([initialize()], old)).body).toMatchObject([{ error: { code: -32600 } }]);
  });

  test('a request that is cancelled is not answered', async () => {
    await stack.cluster.sql('owner', `CREATE FUNCTION shop.slow() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(3) $$; SELECT freshet.expose('shop.slow', public => true)`);
    const anybody = await agent();
    await eventually('the tool is there', async () => (await allTools(anybody)).some((one) => one.name === 'shop_slow'), { within: 20_000, every: 100 });
    const session = { 'mcp-session-id': anybody.session };
    const slow = raw(request('tools/call', { name: 'shop_slow' }, 'slow'), session);
    await eventually('it runs', async () => (await stack.cluster.rows('admin', `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length > 0);
    expect((await raw(request('ping', {}, 'slow'), session)).body).toMatchObject({ error: { message: expect.stringContaining('waiting for its answer') } });
    await raw({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow' } }, session);
    const reply = await slow;
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toContain('text/event-stream');
    expect(reply.body).not.toContain('result');
  });
});
