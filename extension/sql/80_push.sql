-- What `freshet push` made, so that it can tell what is gone from its files. Each role sees and writes its own rows, and names nothing but
-- functions that it owns, for these are what `freshet push --prune` drops.
CREATE TABLE freshet.pushed (
  pushed_by name NOT NULL DEFAULT current_user,
  app       text NOT NULL,  -- which folder's files, where one database has several
  function  text NOT NULL,  -- schema.name(schema.type,…), quoted where need be
  file      text NOT NULL,
  PRIMARY KEY (pushed_by, app, function)
);
-- The text of app/schema.sql that the tables were last brought to.
CREATE TABLE freshet.pushed_schema (
  pushed_by name  NOT NULL DEFAULT current_user,
  app       text  NOT NULL,
  content   text  NOT NULL,
  PRIMARY KEY (pushed_by, app)
);
SELECT pg_catalog.pg_extension_config_dump('freshet.pushed', '');
SELECT pg_catalog.pg_extension_config_dump('freshet.pushed_schema', '');
ALTER TABLE freshet.pushed ENABLE ROW LEVEL SECURITY;
ALTER TABLE freshet.pushed_schema ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON freshet.pushed USING (pushed_by = current_user)
  WITH CHECK (pushed_by = current_user AND
              EXISTS (SELECT FROM pg_catalog.pg_proc p
                       WHERE p.oid = pg_catalog.to_regprocedure(function) AND pg_catalog.pg_has_role(p.proowner, 'USAGE')));
CREATE POLICY own ON freshet.pushed_schema USING (pushed_by = current_user)
  WITH CHECK (pushed_by = current_user AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'));
GRANT SELECT, INSERT, UPDATE, DELETE ON freshet.pushed, freshet.pushed_schema TO PUBLIC;

-- Every exposed function with its options, as they were given to expose().
CREATE FUNCTION freshet.exposures() RETURNS TABLE (path text, options jsonb)
  STABLE SECURITY DEFINER LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.schema_name || '.' || e.function_name, to_jsonb(e) FROM freshet.exposed e
  $$;

-- Exposes a function once more, with the options and the search_path that it has: after it was replaced by one with other arguments or
-- another result. False when it is not exposed. keep_cardinality => false: the default of its return type instead.
--   SELECT freshet.expose_again('messages.list');
CREATE FUNCTION freshet.expose_again(path text, keep_cardinality boolean DEFAULT true) RETURNS boolean
  VOLATILE LANGUAGE plpgsql AS $$
DECLARE
  known record;
  outer_path text := pg_catalog.current_setting('search_path');
BEGIN
  SELECT (pg_catalog.jsonb_populate_record(NULL::freshet.exposed, x.options)).* INTO known
    FROM freshet.exposures() x WHERE x.path = expose_again.path;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM pg_catalog.set_config('search_path', known.search_path, true);
  PERFORM freshet.expose(path, guard => known.guard, public => known.public, max_rows => known.max_rows, max_page => known.max_page,
                         lockstep => known.lockstep, deadline_ms => known.deadline_ms, errors => known.errors,
                         cardinality => CASE WHEN keep_cardinality THEN known.cardinality END,
                         superuser => CASE WHEN known.superuser THEN 'allow' ELSE 'refuse' END,
                         row_security => CASE WHEN known.bypasses_row_security THEN 'bypass' ELSE 'refuse' END,
                         order_by => known.page_order, returns => known.returns, not_null => known.not_null, args => known.args,
                         run_as => known.run_as);
  PERFORM pg_catalog.set_config('search_path', outer_path, true);
  RETURN true;
END $$;
