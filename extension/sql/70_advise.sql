-- What the gateways ran, one call for each path: the one that cost most. Written by them now and then, for advise(). Not dumped. The
-- arguments and claims are those of a client, so nobody may read it but the extension's owner.
CREATE TABLE freshet.observed_call (
  path         text        PRIMARY KEY COLLATE "C",
  args         jsonb       NOT NULL,
  claims       jsonb       NOT NULL,  -- those that the run read
  runs         bigint      NOT NULL,
  runs_useless bigint      NOT NULL,  -- that gave the same result as before
  elapsed_ms   float8      NOT NULL,  -- of all runs
  unknown      jsonb       NOT NULL,  -- table (oid) -> runs for a row whose old values the stream did not tell
  seen_at      timestamptz NOT NULL DEFAULT pg_catalog.now()
);
REVOKE ALL ON freshet.observed_call FROM PUBLIC;

-- The gateway's observations for advise(). Those that no gateway told for a week are forgotten.
--   calls    [{"path", "args", "claims", "runs", "runs_useless", "elapsed_ms", "unknown": {oid: runs}}]: of each path the call that cost most;
--            what is not exposed is left out
CREATE FUNCTION freshet.note_calls(calls jsonb) RETURNS void
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    INSERT INTO freshet.observed_call AS o (path, args, claims, runs, runs_useless, elapsed_ms, unknown)
    SELECT DISTINCT ON (c.path) c.path, c.args, c.claims, c.runs, c.runs_useless, c.elapsed_ms, c.unknown
      FROM pg_catalog.jsonb_to_recordset(note_calls.calls)
           AS c(path text, args jsonb, claims jsonb, runs bigint, runs_useless bigint, elapsed_ms float8, unknown jsonb)
     WHERE EXISTS (SELECT FROM freshet.functions e WHERE e.path = c.path)
     ORDER BY c.path, c.elapsed_ms DESC
    ON CONFLICT (path) DO UPDATE SET args = excluded.args, claims = excluded.claims, runs = excluded.runs,
      runs_useless = excluded.runs_useless, elapsed_ms = excluded.elapsed_ms, unknown = excluded.unknown, seen_at = excluded.seen_at;
    DELETE FROM freshet.observed_call o
     WHERE o.seen_at < pg_catalog.now() - interval '7 days' OR NOT EXISTS (SELECT FROM freshet.functions e WHERE e.path = o.path);
  $$;
REVOKE ALL ON FUNCTION freshet.note_calls(jsonb) FROM PUBLIC;

-- Runs a query once as its clients would, without its guard, and tells how it was executed: {"value", "error", "statements", "read_set"}.
--   path     module.function
--   args     JSON object
--   claims   of the caller; NULL: nobody
-- Example: SELECT jsonb_pretty(freshet.observe('messages.list', '{"channel": 1}', '{"sub": "1"}') -> 'statements');
CREATE FUNCTION freshet.observe(path text, args jsonb, claims jsonb DEFAULT NULL) RETURNS jsonb
  VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_observe';
REVOKE ALL ON FUNCTION freshet.observe(text, jsonb, jsonb) FROM PUBLIC;

-- How the old rows of a table can be made known: the statement, NULL where they are. `full`: its key is known and not enough.
CREATE FUNCTION freshet.identity_statement(relation regclass, whole boolean) RETURNS text
  STABLE SET search_path = pg_catalog, pg_temp LANGUAGE sql AS $$
    SELECT CASE
      WHEN c.relreplident = 'f' THEN NULL
      WHEN whole THEN format('ALTER TABLE %s REPLICA IDENTITY FULL', relation)
      WHEN c.relreplident = 'i' AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident) THEN NULL
      WHEN c.relreplident = 'd' AND has_key THEN NULL
      WHEN has_key THEN format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', relation)
      WHEN usable IS NOT NULL THEN format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', relation, usable)
      ELSE format('ALTER TABLE %s REPLICA IDENTITY FULL', relation)
    END
    FROM pg_class c,
    LATERAL (SELECT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)) k(has_key),
    LATERAL (SELECT min(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, n) JOIN pg_attribute a
                                  ON a.attrelid = c.oid AND a.attnum = u.attnum WHERE u.n <= i.indnkeyatts AND NOT a.attnotnull)) u(usable)
    WHERE c.oid = relation
  $$;
REVOKE ALL ON FUNCTION freshet.identity_statement(regclass, boolean) FROM PUBLIC;

CREATE TYPE freshet.advice AS (
  path      text,
  kind      text,     -- identity, index, unbounded, offset, loop, time, setting, untracked, order, failed
  subject   text,     -- the table, or the statement
  observed  text,
  advice    text,
  statement text      -- what mends it, where that is one SQL statement
);

-- What one observation (freshet.observe) gives reason to say.
CREATE FUNCTION freshet.advice_of(call freshet.observed_call, seen jsonb, min_rows integer, many_rows integer, many_executions integer)
  RETURNS SETOF freshet.advice STABLE SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$
DECLARE
  reads jsonb := freshet.read_set_json((seen ->> 'read_set')::bytea);
  runs_text text := format('%s of %s runs gave the same result as before', call.runs_useless, call.runs);
  paging text := (SELECT format('SELECT freshet.expose(%L, %s, max_page => 100)', f.path,
                                CASE WHEN f.public THEN 'public => true' ELSE format('guard => %L', f.guard) END)
                    FROM freshet.functions f WHERE f.path = call.path);
BEGIN
  IF seen -> 'error' <> 'null' THEN
    RETURN NEXT ROW(call.path, 'failed', call.args::text, seen -> 'error' ->> 'message',
                    'The call that cost most fails now; what follows is of the part that ran.', NULL)::freshet.advice;
  END IF;

  RETURN QUERY
    SELECT call.path, 'identity', t.name, concat_ws('; ', CASE WHEN t.unknown > 0 THEN
             format('%s runs for a row whose old values the stream did not tell', t.unknown) END, CASE WHEN call.runs > 0 THEN runs_text END),
           CASE WHEN t.known THEN 'The old row is known by its key alone, and this query reads too many rows of the table, or through too much, to keep '
                                  'a fingerprint of each. FULL writes each old row to the WAL: mind tables with large values.'
                ELSE 'The table has no usable replica identity, so any update or delete in it may count. A primary key is best.' END,
           freshet.identity_statement(t.relation, t.known)
    FROM (SELECT e.name, to_regclass(e.name) AS relation, bool_and(e.printed) AS printed,
                 freshet.identity_statement(to_regclass(e.name), false) IS NULL AS known,
                 coalesce((call.unknown ->> (to_regclass(e.name)::oid)::text)::bigint, 0) AS unknown
            FROM (SELECT x ->> 'table' AS name, x ? 'fingerprints' AS printed FROM jsonb_array_elements(reads -> 'entries') x) e
           WHERE to_regclass(e.name) IS NOT NULL GROUP BY e.name) t
    WHERE NOT t.known OR (NOT t.printed AND t.unknown > 0 AND freshet.identity_statement(t.relation, true) IS NOT NULL)
    ORDER BY t.name;

  RETURN QUERY
    SELECT call.path, 'index', s ->> 'table', format('%s rows read to keep %s, by %s executions of: %s', s ->> 'read', s ->> 'kept', q ->> 'executions',
                                                     left(q ->> 'query', 200)),
           'Without an index the query reads the table from end to end, and any change of a row may concern it where the condition cannot be told by '
           'columns.', format('CREATE INDEX ON %s (%s)', s ->> 'table', s ->> 'columns')
    FROM jsonb_array_elements(seen -> 'statements') q, jsonb_array_elements(q -> 'scans') s
    WHERE (s ->> 'read')::float8 >= min_rows AND (s ->> 'kept')::float8 * 4 <= (s ->> 'read')::float8
    ORDER BY (s ->> 'read')::float8 DESC;

  IF jsonb_typeof(seen -> 'value') = 'array' AND jsonb_array_length(seen -> 'value') >= many_rows
     AND NOT jsonb_path_exists(seen, '$.statements[*] ? (@.limited == true)') THEN
    RETURN NEXT ROW(call.path, 'unbounded', NULL, format('%s rows', jsonb_array_length(seen -> 'value')),
                    'Nothing limits the result: every client holds all of it. Declare an ORDER BY that ends in a unique key and let clients page.',
                    paging)::freshet.advice;
  END IF;

  RETURN QUERY
    SELECT call.path, 'offset', left(q ->> 'query', 200), format('%s rows skipped', q ->> 'offset'),
           'OFFSET reads what it skips, and every change before the page moves it. Page by key: the function without LIMIT and OFFSET, called with '
           '`page`.', paging
    FROM jsonb_array_elements(seen -> 'statements') q WHERE q ? 'offset';

  RETURN QUERY
    SELECT call.path, 'order', left(q ->> 'query', 200), NULL,
           'LIMIT or OFFSET over rows in no defined order: which rows come is left to chance, and any update of the table counts. Add ORDER BY, ending '
           'in a unique column.', NULL
    FROM jsonb_array_elements(seen -> 'statements') q WHERE q ? 'unordered_limit';

  RETURN QUERY
    SELECT call.path, 'loop', left(q ->> 'query', 200), format('%s executions in one run, %s rows', q ->> 'executions', q ->> 'rows'),
           'One statement for each row of another: ask for all of them at once, by a join, LATERAL or = ANY (array).', NULL
    FROM jsonb_array_elements(seen -> 'statements') q WHERE (q ->> 'executions')::int >= many_executions
    ORDER BY (q ->> 'executions')::int DESC;

  IF reads -> 'flags' ? 'clock' THEN
    RETURN NEXT ROW(call.path, 'time', NULL, 'the run read the clock',
                    'No change of a table tells when this result expires. Say so in the function: freshet.now() for the time, freshet.valid_until(…) for '
                    'when it is to be run again.', NULL)::freshet.advice;
  END IF;
  IF reads -> 'flags' ? 'setting' THEN
    RETURN NEXT ROW(call.path, 'setting', NULL, 'the run read a setting or who the current user is',
                    'Settings are the same for all callers and not watched. Who calls is freshet.user_id() and freshet.claim(…).', NULL)::freshet.advice;
  END IF;
  IF reads -> 'flags' ?| ARRAY['volatile', 'catalog', 'foreign', 'unlogged', 'temporary', 'system_column', 'sample', 'utility', 'custom_scan', 'everything'] THEN
    RETURN NEXT ROW(call.path, 'untracked', NULL,
                    'the run used: ' || (SELECT string_agg(f, ', ' ORDER BY f) FROM jsonb_array_elements_text(reads -> 'flags') f
                                          WHERE f IN ('volatile', 'catalog', 'foreign', 'unlogged', 'temporary', 'system_column', 'sample', 'utility',
                                                      'custom_scan', 'everything')),
                    'No change of these is told; the query is run again on a timer instead. Keep what is live in ordinary logged tables.',
                    (SELECT format('ALTER TABLE %s SET LOGGED', c.oid::regclass) FROM pg_class c, jsonb_array_elements(seen -> 'statements') q
                      WHERE reads -> 'flags' ? 'unlogged' AND c.relpersistence = 'u' AND c.relkind = 'r'
                        AND q ->> 'query' ~ ('\m' || c.relname || '\M') ORDER BY c.oid LIMIT 1))::freshet.advice;
  END IF;
END $$;
REVOKE ALL ON FUNCTION freshet.advice_of(freshet.observed_call, jsonb, integer, integer, integer) FROM PUBLIC;

-- What would save work, from what was really run: each path that gateways told of is run once more, with the arguments and claims that cost
-- most, and looked at. Nobody may execute it but superusers and who was told so: it acts as a client.
--   path             only this one; NULL: all
--   min_rows         of `index`: rows that a scan read
--   many_rows        of `unbounded`: rows of a result
--   many_executions  of `loop`: executions of one statement in one run
-- Example: SELECT path, kind, observed, statement FROM freshet.advise();
CREATE FUNCTION freshet.advise(path text DEFAULT NULL, min_rows integer DEFAULT 100, many_rows integer DEFAULT 200,
                               many_executions integer DEFAULT 10)
  RETURNS SETOF freshet.advice VOLATILE SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$
DECLARE
  call freshet.observed_call;
  seen jsonb;
BEGIN
  FOR call IN SELECT * FROM freshet.observed_call o WHERE advise.path IS NULL OR o.path = advise.path ORDER BY o.elapsed_ms DESC, o.path LOOP
    seen := freshet.observe(call.path, call.args, nullif(call.claims, 'null'));
    RETURN QUERY SELECT * FROM freshet.advice_of(call, seen, min_rows, many_rows, many_executions);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION freshet.advise(text, integer, integer, integer) FROM PUBLIC;
