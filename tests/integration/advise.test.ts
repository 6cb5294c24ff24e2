import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explain, useStack } from '../harness/stack.ts';

const sql = `
  CREATE TABLE app.reading (sensor int NOT NULL, at int NOT NULL, value int);
  INSERT INTO app.reading SELECT i % 50, i, i FROM generate_series(1, 1000) i;
  CREATE FUNCTION notes.readings(sensor int) RETURNS TABLE (at int, value int) STABLE LANGUAGE sql AS
    $$ SELECT r.at, r.value FROM app.reading r WHERE r.sensor = readings.sensor ORDER BY r.at $$;
  CREATE FUNCTION notes.who() RETURNS text STABLE LANGUAGE sql AS
    $$ SELECT count(*) || freshet.claim('team') FROM app.reading WHERE at < 0 $$;
  SELECT freshet.expose('notes.readings', public => true);
  SELECT freshet.expose('notes.who', public => true);`;

describe('freshet.advise()', () => {
  const stack = useStack({ fixture: 'notes', sql, gateway: { settings: { FRESHET_ADVISE_INTERVAL: '1' } } });

  const noted = (path: string) =>
    eventually(`a note of ${path}`, async () => (await stack.cluster.rows('admin', `SELECT 1 FROM freshet.observed_call WHERE path = '${path}'`)).length === 1);

  test('names the table and the index that a live query would be better off with, and the statements mend it', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    await client.live('notes.readings', { sensor: 7 });
    await noted('notes.readings');
    const advice = `SELECT kind, statement FROM freshet.advise('notes.readings') ORDER BY kind`;
    expect(await stack.cluster.rows('admin', advice)).toEqual([
      ['identity', 'ALTER TABLE app.reading REPLICA IDENTITY FULL'],
      ['index', 'CREATE INDEX ON app.reading (sensor)'],
    ]);
    await stack.cluster.sql('admin', 'ALTER TABLE app.reading REPLICA IDENTITY FULL; CREATE INDEX ON app.reading (sensor); ANALYZE app.reading');
    expect(await stack.cluster.rows('admin', advice)).toEqual([]);
  });

  test('runs what it looks at for the caller that the gateway ran it for, knowing no claim that the run did not read', async () => {
    const client = await stack.gateway.client({ sub: 'alice', team: 'red', salary: 7 });
    await client.live('notes.who');
    await noted('notes.who');
    const seen = `SELECT claims, freshet.observe(path, args, claims) -> 'value' FROM freshet.observed_call WHERE path = 'notes.who'`;
    expect(await stack.cluster.rows('admin', seen)).toEqual([['{"team": "red"}', '"0red"']]);
  });
});
