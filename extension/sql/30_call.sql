-- What the gateway calls (docs/sql-interface.md). Nobody may execute any of it but who was told so by freshet.grant_gateway().

CREATE TYPE freshet.run_row AS (
  ordinal     integer,
  value       text,
  error       text,
  read_set    bytea,
  claims      text,
  valid_until bigint,
  elapsed_us  integer
);

-- A batch of queries and guards at the snapshot of a REPEATABLE READ transaction, each by itself. Row 0 describes the snapshot.
--   requests  JSON array of calls
--   since     the snapshot of the epoch before, to be told the fates of what is visible only now
--   options   image_key, export, deadline_ms, now
CREATE FUNCTION freshet.run_queries(requests text, since pg_snapshot DEFAULT NULL, options jsonb DEFAULT '{}')
  RETURNS SETOF freshet.run_row
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_run_queries';

CREATE TYPE freshet.call_row AS (
  value    text,
  error    text,
  xid      text,
  replayed boolean
);

-- One mutation in a SERIALIZABLE transaction. The caller rolls back when it comes with an error, else commits.
--   session      whose record it is claimed in; NULL: without a record
--   request_id   number of the mutation in its session
--   principal    who the session belongs to
--   path         module.function
--   args         JSON object
--   identity     claims of the caller as a JSON object; NULL: nobody
--   deadline_ms  what the caller allows; the function's own deadline counts when it is smaller
CREATE FUNCTION freshet.call(session text, request_id bigint, principal text, path text, args text, identity text, deadline_ms integer DEFAULT NULL)
  RETURNS freshet.call_row
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_call';

CREATE TYPE freshet.track_row AS (
  read_set    bytea,
  claims      text,
  valid_until bigint,
  snapshot    text,
  xid         text
);

-- Begins a bracket: what runs up to track_end(), in one transaction, leaves one read set. An error in between ends it with its transaction.
--   kind      'query' (the transaction must be read only and have one snapshot) or 'mutation'
--   identity  claims that the identity functions answer for; NULL: nobody
CREATE FUNCTION freshet.track_begin(kind text, identity jsonb) RETURNS void
  VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_track_begin';

-- Ends the bracket: read set, claims read, expiry, snapshot and transaction of what ran in it.
CREATE FUNCTION freshet.track_end() RETURNS freshet.track_row
  VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_track_end';

REVOKE ALL ON FUNCTION freshet.run_queries(text, pg_snapshot, jsonb), freshet.call(text, bigint, text, text, text, text, integer),
  freshet.track_begin(text, jsonb), freshet.track_end() FROM PUBLIC;
