-- Sessions and what their mutations answered, so that a mutation takes effect at most once. A record is claimed by the mutation's own
-- transaction. Not dumped: after a restore a session is unknown, and what it asks about is outcome_unknown.
CREATE TABLE freshet.session (
  id        text        PRIMARY KEY COLLATE "C",
  floor     bigint      NOT NULL DEFAULT 0,  -- records up to here are gone
  last_seen timestamptz NOT NULL DEFAULT pg_catalog.now()
);

CREATE TABLE freshet.mutation (
  session    text   NOT NULL COLLATE "C",
  request_id bigint NOT NULL,
  principal  text   NOT NULL,
  call_hash  bytea  NOT NULL,  -- of path and canonical arguments
  result     text,             -- NULL only while its transaction runs
  xid        text   NOT NULL,
  created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (session, request_id)
) WITH (fillfactor = 70);  -- the result is written by a second, heap-only version of the row

-- One secret of the database, shared by its gateways. Not dumped: a restored copy is another database.
CREATE TABLE freshet.secret (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  key       bytea   NOT NULL CHECK (pg_catalog.octet_length(key) = 32)
);

-- Strong random bytes.
CREATE FUNCTION freshet.random_bytes(count integer) RETURNS bytea
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_random_bytes';
REVOKE ALL ON FUNCTION freshet.random_bytes(integer) FROM PUBLIC;

INSERT INTO freshet.secret (key) VALUES (freshet.random_bytes(32));

REVOKE ALL ON freshet.exposed, freshet.session, freshet.mutation, freshet.secret FROM PUBLIC;

-- 32 random bytes made at CREATE EXTENSION, shared by all gateways of the database: for hashes of results, MACs of cursors and of sessions.
CREATE FUNCTION freshet.gateway_key() RETURNS bytea
  STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS 'SELECT key FROM freshet.secret';

-- New sessions, recorded; ids of 128 random bits.
--   count    how many
CREATE FUNCTION freshet.open_sessions(count integer) RETURNS SETOF text
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    INSERT INTO freshet.session (id)
    SELECT pg_catalog.encode(freshet.random_bytes(16), 'hex') FROM pg_catalog.generate_series(1, open_sessions.count)
    RETURNING id
  $$;

-- Records a session that the gateway derived from an idempotency key, when it is not known; true: it was new.
--   session  `key:` and 43 characters of base64url: no id of a client can be made so
-- Errors: RF001 for an id of any other form.
CREATE FUNCTION freshet.open_session(session text) RETURNS boolean
  VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE plpgsql AS $$
BEGIN
  IF session !~ '^key:[A-Za-z0-9_-]{43}$' THEN
    RAISE EXCEPTION 'not a session id of an idempotency key' USING ERRCODE = 'RF001';
  END IF;
  INSERT INTO freshet.session (id) VALUES (session) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

-- NULL: the session is not known. The records of requests up to the floor are pruned.
CREATE FUNCTION freshet.session_floor(session text) RETURNS bigint
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS 'SELECT s.floor FROM freshet.session s WHERE s.id = session_floor.session';

-- The client has the answers up to `upto`: their records go, the floor rises. Call it at READ COMMITTED, so that it does not take part in
-- the conflicts of serializable mutations.
CREATE FUNCTION freshet.ack(session text, upto bigint) RETURNS void
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    UPDATE freshet.session s SET floor = GREATEST(s.floor, ack.upto), last_seen = pg_catalog.now() WHERE s.id = ack.session;
    DELETE FROM freshet.mutation m WHERE m.session = ack.session AND m.request_id <= ack.upto
      AND EXISTS (SELECT FROM freshet.session s WHERE s.id = ack.session AND s.floor >= m.request_id);
  $$;

-- Forgets sessions that were idle for longer, and records without a session. Returns how many sessions went. At READ COMMITTED, as ack().
CREATE FUNCTION freshet.prune(idle interval) RETURNS bigint
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    WITH gone AS (
      DELETE FROM freshet.session s
       WHERE s.last_seen < pg_catalog.now() - prune.idle
         AND NOT EXISTS (SELECT FROM freshet.mutation m WHERE m.session = s.id AND m.created_at >= pg_catalog.now() - prune.idle)
      RETURNING s.id
    ), records AS (
      DELETE FROM freshet.mutation m
       WHERE m.session IN (SELECT id FROM gone) OR NOT EXISTS (SELECT FROM freshet.session s WHERE s.id = m.session)
    )
    SELECT pg_catalog.count(*) FROM gone
  $$;

-- Writes a control message for the output plugin (prefix `freshet`, not transactional) and flushes the WAL up to it. Returns its end.
CREATE FUNCTION freshet.emit_control(message bytea) RETURNS pg_lsn
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_emit_control';

REVOKE ALL ON FUNCTION freshet.gateway_key(), freshet.open_sessions(integer), freshet.open_session(text), freshet.session_floor(text),
  freshet.ack(text, bigint), freshet.prune(interval), freshet.emit_control(bytea) FROM PUBLIC;
