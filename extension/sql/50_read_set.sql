-- A read set (as run_queries and track_end return it) for people and tests: table and column names, conditions with
-- hashes and order keys in hex. Names of what has been dropped since appear as numbers.
CREATE FUNCTION freshet.read_set_json(read_set bytea) RETURNS jsonb
  STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_read_set_json';
