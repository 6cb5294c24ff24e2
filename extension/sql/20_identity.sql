-- Who a run is for. All are NULL outside of a run. A run records exactly what it asked: `identity()` counts as the whole identity.

-- All claims but exp, iat, nbf and jti, of the token or API key of the caller; NULL: nobody is signed in. A run that asks for all of them is shared only
-- by those who have the same in all of them: claim() and user_id() ask for one.
-- Example: SELECT freshet.identity() -> 'groups' ? 'admin';
CREATE FUNCTION freshet.identity() RETURNS jsonb
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_identity';

-- The claim `sub` of the caller; NULL: nobody is signed in.
-- Example: SELECT * FROM app.note n WHERE n.author = freshet.user_id();
CREATE FUNCTION freshet.user_id() RETURNS text
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_user_id';

-- One claim of the caller: a string without its quotes, anything else as JSON text; NULL: it is absent.
--   name     of the claim
-- Example: SELECT * FROM app.invoice i WHERE i.tenant_id = freshet.claim('tenant')::uuid;
CREATE FUNCTION freshet.claim(name text) RETURNS text
  STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_claim';

-- One claim of the caller as it is in the token; NULL: it is absent.
--   name     of the claim
-- Example: SELECT freshet.claim_json('groups') ? 'admin';
CREATE FUNCTION freshet.claim_json(name text) RETURNS jsonb
  STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_claim_json';

-- The claim `sub` of the caller.
-- Errors: RF003 (unauthenticated) when nobody is signed in.
-- Example: INSERT INTO app.note (author, title) VALUES (freshet.require_user(), add.title);
CREATE FUNCTION freshet.require_user() RETURNS text
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_require_user';

-- Raises an error that reaches the client as code `application` with details {code, data}. PL/pgSQL that catches it finds the code in
-- CONSTRAINT_NAME and the data in PG_EXCEPTION_DETAIL.
--   code     lower-case words joined by underscores; declared as `errors =>` of expose() it is part of the client's types
--   message  for people; NULL: the code
--   data     anything that the client needs to tell what is wrong
-- Errors: RF010 (application), always.
-- Example: SELECT freshet.fail('out_of_stock', 'only three are left', '{"left": 3}');
CREATE FUNCTION freshet.fail(code text, message text DEFAULT NULL, data jsonb DEFAULT NULL) RETURNS void
  VOLATILE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_fail';

-- True when `condition` is true; else (false or NULL) the error that fail() raises. For checks inside expressions, where SQL has no IF.
--   condition  what has to hold
--   code       as for fail()
--   message    for people; NULL: the code
-- Errors: RF010 (application).
-- Example: SELECT freshet.require(i.state = 'open', 'issue_closed', 'this issue is closed') FROM app.issue i WHERE i.id = comment.issue;
CREATE FUNCTION freshet.require(condition boolean, code text, message text DEFAULT NULL) RETURNS boolean
  VOLATILE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_require';

-- The instant of the snapshot: equal in all runs at one snapshot. The start of the transaction outside of a run. A query that asks for it also says, by
-- valid_until(), when its result is to be made anew.
-- Example: SELECT * FROM app.offer o WHERE o.ends_at > freshet.now();
CREATE FUNCTION freshet.now() RETURNS timestamptz
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_now';

-- Says when the result of this run expires, and is run again; the earliest wins. 'infinity' says that it does not, although it asked for the time. NULL
-- says nothing.
--   instant  from when on the result may be another
-- Example: SELECT freshet.valid_until((SELECT min(o.ends_at) FROM app.offer o WHERE o.ends_at > freshet.now()));
CREATE FUNCTION freshet.valid_until(instant timestamptz) RETURNS void
  VOLATILE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_valid_until';
