-- Every exposed function with its signature, options and the JSON Schema of its arguments and result; `hash` changes when any of it does.
CREATE FUNCTION freshet.catalog() RETURNS jsonb
  STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_catalog';

-- One exposed function: {path, kind, args, result, errors, page, annotations}, with JSON Schemas (2020-12) for the object of arguments, the
-- result and the errors that a call can end in. Everybody may ask. Raises RF002 when nothing is exposed under the path, RF011 when it cannot be called now.
-- Example: SELECT freshet.describe('messages.list') -> 'args'
CREATE FUNCTION freshet.describe(path text) RETURNS jsonb
  STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_describe';

-- Analyses every exposed function again, as expose() does, and returns what it finds, ordered by path; no row: all is well.
--   tenant    name of a column: also the functions that read a table having it without restricting it to something (code `no_tenant`)
-- Columns: path; severity 'error' (calls are refused, or expose() would refuse it now) or 'lint'; code, a stable word; message; line of the
-- body, NULL when it is not known; remedy, NULL when there is none to name.
-- Example: SELECT path, message, remedy FROM freshet.check('tenant_id') WHERE severity = 'error'
CREATE FUNCTION freshet.check(tenant text DEFAULT NULL)
  RETURNS TABLE (path text, severity text, code text, message text, line integer, remedy text)
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_check';

-- describe() and check() tell no more of a function than pg_proc does, which everybody may read.
REVOKE ALL ON FUNCTION freshet.catalog() FROM PUBLIC;
