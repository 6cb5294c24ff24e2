import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

// A marker in another live query of the same session closes the watch: results of one session are in lockstep, so when the
// marker has arrived, whatever the write before it did has been pushed too.
describe('a write that changes no result', () => {
  const stack = useStack({ fixture: 'notes' });

  const watch = async (list: number, write: string) => {
    const client = await stack.gateway.client();
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body, slug) VALUES (${list}, 'a', 'slug-${list}'), (${list}, 'b', NULL)`);
    const watched = await client.live('notes.in_list', { list });
    const marker = await client.live('notes.count_in', { list: -list });
    const before = watched.results;
    await stack.cluster.sql('owner', write);
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (${-list}, 'marker')`);
    await client.until('the marker', () => marker.value === 1);
    return { watched, pushed: watched.results - before };
  };

  test('pushes nothing: an update to the same values', async () => {
    explain(stack);
    expect((await watch(1, 'UPDATE app.note SET body = body, stars = stars WHERE list = 1')).pushed).toBe(0);
  });

  test('pushes nothing: an update of a column that nobody reads', async () => {
    expect((await watch(2, `UPDATE app.note SET unread_column = 'x' WHERE list = 2`)).pushed).toBe(0);
  });

  test('pushes nothing: a row of another list', async () => {
    expect((await watch(3, `INSERT INTO app.note (list, body) VALUES (30, 'x')`)).pushed).toBe(0);
  });

  test('pushes nothing: a change that is taken back in the same transaction', async () => {
    expect((await watch(4, `BEGIN; UPDATE app.note SET stars = 5 WHERE list = 4; UPDATE app.note SET stars = 0 WHERE list = 4; COMMIT`)).pushed).toBe(0);
  });

  test('pushes nothing: a transaction that is rolled back', async () => {
    expect((await watch(5, 'BEGIN; DELETE FROM app.note WHERE list = 5; ROLLBACK')).pushed).toBe(0);
  });

  test('an equal value in another spelling is pushed: deltas compare text, predicates compare by type', async () => {
    const { watched } = await watch(6, `UPDATE app.note SET body = 'A' WHERE list = 6 AND body = 'a'`);
    expect((watched.value as { body: string }[]).map((note) => note.body)).toEqual(['A', 'b']);
  });

  test('a row of a list of one thousand travels alone', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    await cluster.sql('owner', `INSERT INTO app.note (list, body) SELECT 7, 'note ' || i FROM generate_series(1, 1000) i`);
    const client = await gateway.client();
    const list = await client.live('notes.in_list', { list: 7 });
    await cluster.sql('owner', `UPDATE app.note SET body = 'changed' WHERE id = (SELECT min(id) + 500 FROM app.note WHERE list = 7)`);
    await client.until('the change', () => (list.value as { body: string }[])[500]?.body === 'changed');
    const last = client.frames.filter((frame) => !frame.out && frame.text.includes('changed')).at(-1);
    expect(last?.text).toContain('"splice"');
    expect(last?.text.length).toBeLessThan(1000);
  });
});
