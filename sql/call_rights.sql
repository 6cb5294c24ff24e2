-- Whose rights a call has, and that nothing gets out of them.
SET client_min_messages = warning;
SELECT current_user AS superuser \gset
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_rights_owner;
CREATE ROLE regress_rights_call LOGIN;
CREATE ROLE regress_rights_stream LOGIN;
CREATE ROLE regress_rights_stranger LOGIN;
CREATE SCHEMA rights AUTHORIZATION regress_rights_owner;
SELECT freshet.grant_gateway('regress_rights_call', 'regress_rights_stream');
SELECT rolreplication, rolsuper FROM pg_roles WHERE rolname = 'regress_rights_stream';
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'regress_rights_stream'::regrole AND current_setting('output_plugin_libraries', true) IS NOT NULL;
SET ROLE regress_rights_owner;
SET search_path = rights;
CREATE TABLE secret (id int PRIMARY KEY, word text);
INSERT INTO secret VALUES (1, 'xyzzy');
CREATE TABLE log (who name);
CREATE FUNCTION words() RETURNS SETOF secret STABLE LANGUAGE sql AS 'SELECT * FROM secret';
CREATE FUNCTION who() RETURNS TABLE (cur name, ses bool, path text) STABLE LANGUAGE sql
  AS $$ SELECT current_user, session_user = 'regress_rights_call', current_setting('search_path') $$;
CREATE FUNCTION own_path() RETURNS text STABLE LANGUAGE sql SET search_path = rights, pg_catalog AS $$ SELECT current_setting('search_path') $$;
CREATE FUNCTION escape(command text) RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN current_user; END $$;
CREATE FUNCTION escape_reading(command text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN current_user; END $$;
CREATE FUNCTION deferred() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (current_user); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON secret DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deferred();
CREATE FUNCTION add(id int) RETURNS int LANGUAGE sql AS $$ INSERT INTO secret VALUES (add.id, 'new') RETURNING id $$;
CREATE FUNCTION leaves() RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('search_path', 'public', false), set_config('rights.left', 'x', false); RETURN current_user; END $$;
SELECT freshet.expose('rights.' || f, public => true) FROM unnest('{words,who,own_path,escape,escape_reading,add,leaves}'::text[]) f;
RESET ROLE;
RESET search_path;
\c - regress_rights_stranger
SELECT freshet.run_queries('[]');
SELECT freshet.call(NULL, NULL, NULL, 'rights.add', '{"id":2}', NULL);
SELECT freshet.track_begin('query', '{"sub":"anyone"}');
SELECT freshet.catalog();
SELECT freshet.gateway_key();
SELECT freshet.open_sessions(1);
SELECT freshet.emit_control('\x00');
SELECT freshet.random_bytes(1);
SELECT freshet.grant_gateway('regress_rights_stranger', 'regress_rights_stranger');
SELECT freshet.ack('x', 1);
SELECT freshet.prune('0');
TABLE freshet.secret;
TABLE freshet.mutation;
\c - regress_rights_call
TABLE rights.secret;
TABLE freshet.secret;
TABLE freshet.session;
SET search_path = public;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT ordinal, value, error::jsonb ->> 'message' AS error FROM freshet.run_queries('[{"path":"rights.words"},{"path":"rights.who"},{"path":"rights.own_path"},
  {"path":"rights.escape_reading","args":{"command":"RESET ROLE"}},{"path":"rights.escape_reading","args":{"command":"SET ROLE NONE"}},
  {"path":"rights.escape_reading","args":{"command":"RESET SESSION AUTHORIZATION"}},{"path":"rights.escape_reading","args":{"command":"SELECT freshet.track_begin(''query'', ''{}'')"}},
  {"path":"rights.escape_reading","args":{"command":"SELECT * FROM freshet.run_queries(''[]'')"}},{"path":"rights.escape_reading","args":{"command":"SELECT * FROM freshet.session"}},
  {"path":"rights.who"}]') WHERE ordinal > 0;
SELECT current_user, current_setting('search_path') AS search_path;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb ->> 'message' AS error FROM freshet.call(NULL, NULL, NULL, 'rights.escape', '{"command":"RESET ROLE"}', NULL);
SELECT value, error::jsonb ->> 'message' AS error FROM freshet.call(NULL, NULL, NULL, 'rights.escape', '{"command":"SET SESSION AUTHORIZATION regress_rights_call"}', NULL);
SELECT value, error::jsonb ->> 'message' AS error FROM freshet.call(NULL, NULL, NULL, 'rights.escape', '{"command":"SET LOCAL ROLE regress_rights_call"}', NULL);
SELECT value, error::jsonb ->> 'message' AS error FROM freshet.call(NULL, NULL, NULL, 'rights.escape', '{"command":"COMMIT"}', NULL);
-- settings that a mutation leaves are gone
SELECT value, error FROM freshet.call(NULL, NULL, NULL, 'rights.leaves', '{}', NULL);
SELECT current_user, current_setting('search_path') AS search_path, current_setting('rights.left', true) AS left_behind;
-- deferred triggers run as the owner, before the call is left
SELECT value, error FROM freshet.call(NULL, NULL, NULL, 'rights.add', '{"id":2}', NULL);
COMMIT;
TABLE rights.secret;
\c - regress_rights_stream
SELECT freshet.catalog();
TABLE rights.secret;
\c - :superuser
TABLE rights.log;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA rights CASCADE;
DROP OWNED BY regress_rights_call, regress_rights_stream;
DROP ROLE regress_rights_owner, regress_rights_call, regress_rights_stream, regress_rights_stranger;
