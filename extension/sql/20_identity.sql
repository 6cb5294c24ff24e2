-- Who a run is for. All are NULL outside of a run. A run records exactly what it asked: `identity()` counts as the whole identity.

-- All claims but exp, iat, nbf and jti.
CREATE FUNCTION freshet.identity() RETURNS jsonb
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_identity';

-- The claim `sub`.
CREATE FUNCTION freshet.user_id() RETURNS text
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_user_id';

-- One claim; a string without its quotes, anything else as JSON text.
CREATE FUNCTION freshet.claim(name text) RETURNS text
  STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_claim';

CREATE FUNCTION freshet.claim_json(name text) RETURNS jsonb
  STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_claim_json';

-- The claim `sub`, or the error unauthenticated.
CREATE FUNCTION freshet.require_user() RETURNS text
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_require_user';

-- Raises an error that reaches the client as code `application` with details {code, data}. PL/pgSQL that catches it finds the code in
-- CONSTRAINT_NAME and the data in PG_EXCEPTION_DETAIL; SQLSTATE is RF010.
CREATE FUNCTION freshet.fail(code text, message text DEFAULT NULL, data jsonb DEFAULT NULL) RETURNS void
  VOLATILE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_fail';

-- True when `condition` is true; else (false or NULL) the error that fail() raises. For checks inside expressions.
CREATE FUNCTION freshet.require(condition boolean, code text, message text DEFAULT NULL) RETURNS boolean
  VOLATILE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_require';

-- The instant of the snapshot: equal in all runs at one snapshot. The start of the transaction outside of a run.
CREATE FUNCTION freshet.now() RETURNS timestamptz
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_now';

-- Says when the result of this run expires; the earliest wins. 'infinity' says that it does not, although it asked for the time.
CREATE FUNCTION freshet.valid_until(instant timestamptz) RETURNS void
  VOLATILE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_valid_until';
