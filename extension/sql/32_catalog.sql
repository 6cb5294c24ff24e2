-- Every exposed function with its signature, options and the JSON Schema of its arguments and result; `hash` changes when any of it does.
CREATE FUNCTION freshet.catalog() RETURNS jsonb
  STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_catalog';
REVOKE ALL ON FUNCTION freshet.catalog() FROM PUBLIC;
