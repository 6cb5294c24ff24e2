import { eventually } from '../harness/deadline.ts';
import { describe, expect, test } from 'vitest';
import { useStack } from '../harness/stack.ts';

describe('calls over HTTP', () => {
  const stack = useStack({ fixture: 'notes' });

  test('a query gives its value, and sees what a mutation before it wrote', async () => {
    const { gateway } = stack;
    const added = await gateway.http('/api/mutation', { path: 'notes.add', args: { list: 1, body: 'over HTTP' } });
    expect(added.status).toBe(200);
    const read = await gateway.http('/api/query', { path: 'notes.in_list', args: { list: 1 } });
    expect(read.body).toMatchObject({ value: [{ body: 'over HTTP', stars: 0 }] });
  });

  test('a mutation with an idempotency key takes effect once', async () => {
    const headers = { 'idempotency-key': 'order-4711' };
    const body = { path: 'notes.add', args: { list: 2, body: 'once' } };
    const replies = [];
    for (let i = 0; i < 3; i++) replies.push(await stack.gateway.http('/api/mutation', body, { headers }));
    expect(new Set(replies.map((reply) => JSON.stringify((reply.body as { value: unknown }).value))).size).toBe(1);
    expect(await stack.cluster.rows('owner', 'SELECT count(*) FROM app.note WHERE list = 2')).toEqual([['1']]);
  });

  test('the same key for another call is a conflict', async () => {
    const headers = { 'idempotency-key': 'order-4712' };
    await stack.gateway.http('/api/mutation', { path: 'notes.add', args: { list: 3, body: 'a' } }, { headers });
    const other = await stack.gateway.http('/api/mutation', { path: 'notes.add', args: { list: 3, body: 'b' } }, { headers });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: 'conflict' });
  });

  test.each([
    [404, { path: 'no.such', args: {} }, 'not_found'],
    [400, { path: 'notes.in_list', args: { list: 'x' } }, 'invalid_arguments'],
  ])('errors have the fitting status: %i', async (status, body, code) => {
    const reply = await stack.gateway.http('/api/query', body);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.body).toMatchObject({ code, status: reply.status });
    expect(reply.status).toBe(status);
  });

  test.each(['{"path":', '[]', '', '{"path":7}', '\u0000'])('a body that is no call is 400: %j', async (body) => {
    const reply = await stack.gateway.http('/api/query', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toHaveProperty('code');
  });

  test('a body too large is 413, another content type 415, another method 405, another path 404', async () => {
    const { gateway } = stack;
    expect((await gateway.http('/api/query', { path: 'x'.repeat(3_000_000) })).status).toBe(413);
    expect((await gateway.http('/api/query', '{}', { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await gateway.http('/api/mutation', undefined, { method: 'GET' })).status).toBe(405);
    expect((await gateway.http('/nowhere')).status).toBe(404);
  });

  test('a batch is read at one snapshot, and an error in it is one of its answers', async () => {
    const { gateway } = stack;
    const queries = [
      { path: 'notes.in_list', args: { list: 7 } },
      { path: 'no.such' },
      { path: 'notes.in_list', args: { list: 'x' } },
      { path: 'notes.in_list', args: { list: 7 } },
    ];
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) await gateway.http('/api/mutation', { path: 'notes.add', args: { list: 7, body: `${i}` } });
    })();
    for (let round = 0; round < 30; round++) {
      const reply = await gateway.http('/api/batch', { queries });
      expect(reply.status).toBe(200);
      const { results } = reply.body as { results: { value?: unknown[]; error?: { code: string } }[] };
      expect(results.map((result) => result.error?.code)).toEqual([undefined, 'not_found', 'invalid_arguments', undefined]);
      expect(results[0]?.value).toEqual(results[3]?.value);
    }
    writing = false;
    await writer;
  });

  test('a result that did not change is not sent again, whether it is live or not', async () => {
    const { gateway } = stack;
    const path = `/api/f/notes/in_list?args=${encodeURIComponent('{"list":8}')}`;
    const first = await gateway.http(path);
    const tag = first.headers.get('etag') ?? '';
    expect((await gateway.http(path, undefined, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const client = await gateway.client();
    await client.live('notes.in_list', { list: 8 });
    const before = await gateway.metric('freshet_live_one_shots_served_total');
    expect((await gateway.http(path, undefined, { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await gateway.http('/api/query', { path: 'notes.in_list', args: { list: 8 } }, { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect(await gateway.metric('freshet_live_one_shots_served_total')).toBe(before + 2);
    await gateway.http('/api/mutation', { path: 'notes.add', args: { list: 8, body: 'new' } });
    const changed = await gateway.http(path, undefined, { headers: { 'if-none-match': tag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
    expect(changed.body).toMatchObject([{ body: 'new' }]);
    await client.close();
  });

  test('a function is called by its own address', async () => {
    const reply = await stack.gateway.http('/api/f/notes/in_list', { list: 1 });
    expect(reply.status).toBe(200);
    expect(reply.body).toBeInstanceOf(Array);
    expect((await stack.gateway.http('/api/f/notes/in_list', { list: 'x' })).body).toMatchObject({ code: 'invalid_arguments' });
  });

  test('the catalog lists what is exposed and nothing else', async () => {
    const reply = await stack.gateway.http('/api/catalog');
    const paths = (reply.body as { functions: { path: string }[] }).functions.map((entry) => entry.path);
    expect(paths).toContain('notes.in_list');
    expect(paths).not.toContain('notes.hidden');
  });

  test('live, ready and metrics answer', async () => {
    for (const path of ['/live', '/ready', '/metrics']) expect((await stack.gateway.http(path)).status).toBe(200);
  });

  test('a page that may not connect is named in the log at the first, second, fourth time', async () => {
    const logged = () => stack.gateway.log().match(/a page of http:\/\/elsewhere\.example was refused; --allowed-origins/g)?.length ?? 0;
    for (const times of [1, 1, 0, 1, 0, 0, 0, 1]) {
      const before = logged();
      expect((await stack.gateway.http('/api/catalog', undefined, { headers: { origin: 'http://elsewhere.example' } })).status).toBe(403);
      if (times === 1) await eventually('it is in the log', () => logged() === before + 1);
      else expect(logged()).toBe(before);
    }
    expect(await stack.gateway.metric('freshet_origins_refused_total')).toBe(8);
  });
});
