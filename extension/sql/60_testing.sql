-- For tests and for people at psql: to be a caller, and to call what is exposed as that caller. Nobody may execute either but superusers
-- and who was told so: whoever may can be anybody for code that asks who the caller is.

-- Until the end of this transaction, or the next as_user(), the identity functions answer for this caller; NULL: for nobody. `claims` is
-- what a token would hold. Needs a transaction block; an error inside of a run, and inside of SECURITY DEFINER functions.
--
--     BEGIN;
--     SELECT freshet.as_user('{"sub": "42", "role": "admin"}');
--     SELECT * FROM issues.list(7);            -- the body alone, with your own rights
--     SELECT freshet.invoke('issues.list', '{"project": 7}');
--     ROLLBACK;
CREATE FUNCTION freshet.as_user(claims jsonb) RETURNS void
  VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_as_user';

-- Calls an exposed query or mutation as its clients do, for the caller of as_user() (nobody without it): arguments checked, guard first, as
-- the function's owner; the result as clients get it. What clients get as an error is raised with its SQLSTATE (docs/sql-interface.md) and
-- with the error's JSON as detail; whatever the call wrote is then undone.
--   path     module.function
--   args     JSON object
-- Example: SELECT freshet.invoke('notes.add', '{"title": "milk"}');
CREATE FUNCTION freshet.invoke(path text, args jsonb DEFAULT '{}') RETURNS jsonb
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_invoke';

REVOKE ALL ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) FROM PUBLIC;
