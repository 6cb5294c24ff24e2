-- What may not be exposed, and how people are told.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_expose_owner;
CREATE ROLE regress_expose_other;
CREATE SCHEMA expose_app AUTHORIZATION regress_expose_owner;
CREATE SCHEMA expose_open;
GRANT USAGE, CREATE ON SCHEMA expose_open TO PUBLIC;
\set SHOW_CONTEXT never
\set VERBOSITY default
SET ROLE regress_expose_owner;
SET search_path = expose_app;
CREATE TABLE message (id int PRIMARY KEY, channel_id int NOT NULL, body text);
CREATE FUNCTION list(channel_id int) RETURNS SETOF message STABLE LANGUAGE sql
  AS 'SELECT * FROM message m WHERE m.channel_id = list.channel_id';

-- neither guard nor public, both
SELECT freshet.expose('expose_app.list');
SELECT freshet.expose('expose_app.list', guard => 'true', public => true);
-- what is no path, no function, no plain function
SELECT freshet.expose('list', public => true);
SELECT freshet.expose('expose_app.nothing', public => true);
CREATE PROCEDURE proc() LANGUAGE sql AS '';
SELECT freshet.expose('expose_app.proc', public => true);
-- overloads
CREATE FUNCTION twice(a int) RETURNS int STABLE LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION twice(a text) RETURNS int STABLE LANGUAGE sql AS 'SELECT length(a)';
SELECT freshet.expose('expose_app.twice', public => true);
-- options
SELECT freshet.expose('expose_app.list', public => true, max_rows => 0);
SELECT freshet.expose('expose_app.list', public => true, deadline_ms => -1);
SELECT freshet.expose('expose_app.list', public => true, cardinality => 'some');
SELECT freshet.expose('expose_app.list', public => true, errors => '{Not-A-Code}');
SELECT freshet.expose('expose_app.list', public => true, superuser => 'yes');
CREATE FUNCTION single() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT freshet.expose('expose_app.single', public => true, cardinality => 'many');
-- arguments and results
CREATE FUNCTION unnamed(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1';
SELECT freshet.expose('expose_app.unnamed', public => true);
CREATE FUNCTION clash(a int, _a int) RETURNS int STABLE LANGUAGE sql AS 'SELECT a + _a';
SELECT freshet.expose('expose_app.clash', public => true);
CREATE FUNCTION odd_argument(a tsvector) RETURNS int STABLE LANGUAGE sql AS 'SELECT length(a)';
SELECT freshet.expose('expose_app.odd_argument', public => true);
CREATE FUNCTION any_argument(a anyelement) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT freshet.expose('expose_app.any_argument', public => true);
CREATE FUNCTION odd_result() RETURNS TABLE (a int, b point) STABLE LANGUAGE sql AS 'SELECT 1, NULL::point';
SELECT freshet.expose('expose_app.odd_result', public => true);
CREATE FUNCTION record_result() RETURNS SETOF record STABLE LANGUAGE sql AS 'SELECT 1';
SELECT freshet.expose('expose_app.record_result', public => true);
-- an argument that is used nowhere
CREATE FUNCTION leaky(channel_id int) RETURNS SETOF message STABLE LANGUAGE sql
  AS 'SELECT * FROM message WHERE channel_id = channel_id';
SELECT freshet.expose('expose_app.leaky', public => true);
CREATE FUNCTION leaky_atomic(channel_id int) RETURNS bigint STABLE
  BEGIN ATOMIC SELECT count(*) FROM message WHERE channel_id = channel_id; END;
SELECT freshet.expose('expose_app.leaky_atomic', public => true);
-- IMMUTABLE functions that reach identity or a table
CREATE FUNCTION me() RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT freshet.user_id()';
SELECT freshet.expose('expose_app.me', public => true);
CREATE FUNCTION uses_me() RETURNS text STABLE LANGUAGE sql AS 'SELECT expose_app.me()';
SELECT freshet.expose('expose_app.uses_me', public => true);
CREATE FUNCTION me_plpgsql() RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN freshet.claim(''sub''); END';
CREATE FUNCTION uses_me_plpgsql() RETURNS text STABLE LANGUAGE sql AS 'SELECT expose_app.me_plpgsql()';
SELECT freshet.expose('expose_app.uses_me_plpgsql', public => true);
CREATE FUNCTION constant_count() RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT count(*) FROM expose_app.message';
SELECT freshet.expose('expose_app.constant_count', public => true);
-- guards are analysed when exposed
SELECT freshet.expose('expose_app.list', guard => 'no_such_function(channel_id)');
SELECT freshet.expose('expose_app.list', guard => 'channel_id +');
SELECT freshet.expose('expose_app.list', guard => 'channel = 1');
-- a search_path in which others may create things
SET search_path = expose_app, expose_open;
SELECT freshet.expose('expose_app.list', public => true);
ALTER FUNCTION list(int) SET search_path = expose_app;
SELECT freshet.expose('expose_app.list', public => true);
SELECT search_path FROM freshet.exposed;
RESET ROLE;
SELECT search_path FROM freshet.exposed;
-- only the owner, and no superuser as owner
SET ROLE regress_expose_other;
SELECT freshet.expose('expose_app.list', public => true);
SELECT freshet.hide('expose_app.list');
RESET ROLE;
SET search_path = pg_catalog;
CREATE FUNCTION expose_app.mighty() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION expose_app.mighty() OWNER TO CURRENT_USER;
DO $$ BEGIN PERFORM freshet.expose('expose_app.mighty', public => true);
  EXCEPTION WHEN SQLSTATE 'RF013' THEN RAISE WARNING '%', replace(SQLERRM, current_user, 'superuser'); END $$;
SELECT freshet.expose('expose_app.mighty', public => true, superuser => 'allow');
SELECT path, kind, public, problem FROM freshet.functions ORDER BY path;
-- a path that nobody could have set names the function
UPDATE pg_proc SET proconfig = '{"search_path=a,,b"}' WHERE oid = 'expose_app.mighty()'::regprocedure;
SELECT freshet.expose('expose_app.mighty', public => true, superuser => 'allow');
-- what became of exposed functions
DROP FUNCTION expose_app.mighty();
ALTER FUNCTION expose_app.list(int) VOLATILE;
SELECT path, kind, problem FROM freshet.functions ORDER BY path;
ALTER FUNCTION expose_app.list(int) STABLE;
ALTER FUNCTION expose_app.list(int) OWNER TO CURRENT_USER;
SELECT path, kind, problem FROM freshet.functions ORDER BY path;
SELECT freshet.hide('expose_app.list'), freshet.hide('expose_app.list'), freshet.hide('expose_app.mighty');
-- a module at once
SET ROLE regress_expose_owner;
SET search_path = expose_app;
CREATE FUNCTION _helper() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
DROP FUNCTION unnamed(int), clash(int, int), odd_argument(tsvector), any_argument(anyelement), odd_result(), record_result(), leaky(int),
  leaky_atomic(int), me() , uses_me(), me_plpgsql(), uses_me_plpgsql(), constant_count(), twice(int), twice(text);
SELECT freshet.expose('expose_app.single', public => true, max_rows => 5);
RESET ROLE;
ALTER FUNCTION expose_app.list(int) OWNER TO regress_expose_owner;
SET ROLE regress_expose_owner;
SELECT * FROM freshet.expose_module('expose_app', public => true);
RESET ROLE;
RESET search_path;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA expose_app, expose_open CASCADE;
DROP ROLE regress_expose_owner, regress_expose_other;
