-- What a run sees of its identity, and what it is recorded to have seen. Alice and Bob share one backend throughout.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_identity_owner;
CREATE SCHEMA ident AUTHORIZATION regress_identity_owner;
SET ROLE regress_identity_owner;
SET search_path = ident;
CREATE TABLE note (id int PRIMARY KEY, owner text NOT NULL, body text NOT NULL);
INSERT INTO note VALUES (1, 'alice', 'of alice'), (2, 'bob', 'of bob');
CREATE FUNCTION whole() RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT freshet.identity()';
CREATE FUNCTION who() RETURNS text STABLE LANGUAGE sql AS 'SELECT freshet.user_id()';
CREATE FUNCTION user_or_error() RETURNS text STABLE LANGUAGE sql AS 'SELECT freshet.require_user()';
CREATE FUNCTION org() RETURNS TABLE (as_text text, as_json jsonb) STABLE LANGUAGE sql AS $$ SELECT freshet.claim('org'), freshet.claim_json('org') $$;
CREATE FUNCTION nobody() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION mine() RETURNS SETOF note STABLE LANGUAGE sql AS 'SELECT * FROM note WHERE owner = freshet.user_id()';
CREATE FUNCTION sometimes(ask bool) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN IF ask THEN RETURN freshet.claim('role'); END IF; RETURN 'unasked'; END $$;
CREATE FUNCTION asks_and_fails() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM freshet.claim('tier'); RAISE EXCEPTION 'failed'; END $$;
CREATE FUNCTION asks_in_a_block() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN
  BEGIN PERFORM freshet.claim('tier'); RAISE EXCEPTION 'failed'; EXCEPTION WHEN raise_exception THEN NULL; END; RETURN 'fine'; END $$;
CREATE FUNCTION by_default(who text DEFAULT freshet.user_id()) RETURNS text STABLE LANGUAGE sql AS 'SELECT by_default.who';
CREATE FUNCTION leaves_settings() RETURNS text STABLE LANGUAGE sql AS $$
  SELECT set_config('ident.trace', COALESCE(current_setting('ident.trace', true), '') || freshet.user_id() || ' ', false) $$;
CREATE FUNCTION clock() RETURNS text STABLE LANGUAGE sql AS $$ SELECT (freshet.now() = pg_catalog.now())::text FROM (SELECT freshet.valid_until(freshet.now() + '1 day')) v $$;
-- Traps: helpers that lie about their volatility, in forms that cannot be seen when exposed.
CREATE FUNCTION _liar() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ DECLARE v text; BEGIN EXECUTE 'SELECT fresh' || 'et.user_id()' INTO v; RETURN v; END $$;
CREATE FUNCTION through_liar() RETURNS SETOF note STABLE LANGUAGE sql AS 'SELECT * FROM note WHERE owner = ident._liar()';
CREATE FUNCTION through_liar_plpgsql() RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE v text; BEGIN v := ident._liar(); RETURN v; END $$;
CREATE FUNCTION through_liar_static() RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE v text; BEGIN SELECT body INTO v FROM note WHERE owner = ident._liar(); RETURN v; END $$;
SELECT count(*) FROM freshet.expose_module('ident', public => true);
SELECT freshet.expose('ident.by_default', guard => 'who = ''alice''');
RESET ROLE;
CREATE FUNCTION ident.ask(function text, identity text, args text DEFAULT '{}', guard text DEFAULT 'false')
  RETURNS TABLE (value text, error text, claims jsonb) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'message', claims::jsonb
    FROM freshet.run_queries(format('[{"path":"ident.%s","args":%s,"identity":%s,"guard":%s}]', function, args, identity, guard)) WHERE ordinal = 1 $$;
\set alice '''{"sub":"alice","org":{"id":1.50},"role":"admin","exp":1,"iat":2,"nbf":3,"jti":"x"}'''
\set bob '''{"sub":"bob","role":null,"exp":9}'''
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM ident.ask('whole', :alice);
SELECT * FROM ident.ask('whole', :bob);
SELECT * FROM ident.ask('whole', 'null');
SELECT * FROM ident.ask('whole', '{}');
SELECT * FROM ident.ask('who', :alice);
SELECT * FROM ident.ask('who', 'null');
SELECT * FROM ident.ask('user_or_error', :bob);
SELECT * FROM ident.ask('user_or_error', 'null');
SELECT * FROM ident.ask('org', :alice);
SELECT * FROM ident.ask('org', :bob);
SELECT * FROM ident.ask('nobody', :alice);
-- only what was asked, also when it is absent or null, fails, or was asked in a block that failed
SELECT * FROM ident.ask('sometimes', :alice, '{"ask":false}');
SELECT * FROM ident.ask('sometimes', :alice, '{"ask":true}');
SELECT * FROM ident.ask('sometimes', :bob, '{"ask":true}');
SELECT * FROM ident.ask('asks_and_fails', :alice);
SELECT * FROM ident.ask('asks_in_a_block', :bob);
-- a default, and a guard that needs the default
SELECT * FROM ident.ask('by_default', :bob);
SELECT * FROM ident.ask('by_default', :alice, guard => 'true');
SELECT * FROM ident.ask('by_default', :bob, guard => 'true');
SELECT * FROM ident.ask('by_default', :bob, '{"who":"alice"}', guard => 'true');
SELECT * FROM ident.ask('by_default', 'null', guard => 'true');
-- each one's rows, again and again, whoever came first
SELECT * FROM ident.ask('mine', :alice);
SELECT * FROM ident.ask('mine', :bob);
SELECT * FROM ident.ask('mine', 'null');
SELECT * FROM ident.ask('mine', :alice);
-- folded into a plan: never kept, and counts as having seen everything
SELECT * FROM ident.ask('through_liar', :alice);
SELECT * FROM ident.ask('through_liar', :bob);
SELECT * FROM ident.ask('through_liar', 'null');
SELECT value, claims ? '*' AS everything FROM ident.ask('through_liar_plpgsql', :alice);
SELECT value, claims ? '*' AS everything FROM ident.ask('through_liar_plpgsql', :bob);
SELECT value, claims ? '*' AS everything FROM ident.ask('through_liar_static', :alice);
SELECT value, claims ? '*' AS everything FROM ident.ask('through_liar_static', :bob);
SELECT value, claims ? '*' AS everything FROM ident.ask('through_liar_static', :alice);
-- outside of a run there is nobody, and a plan made there is not used in one
SELECT ident.whole(), ident.who(), ident.through_liar_plpgsql(), ident.through_liar_static();
SELECT value FROM ident.ask('through_liar_static', :bob);
SELECT value FROM ident.ask('through_liar_plpgsql', :alice);
SELECT ident.through_liar_plpgsql(), ident.through_liar_static();
-- settings that a query leaves are gone in the next one
SELECT ordinal, value FROM freshet.run_queries('[{"path":"ident.leaves_settings","identity":{"sub":"alice"}},{"path":"ident.leaves_settings","identity":{"sub":"bob"}}]') WHERE ordinal > 0;
SELECT current_setting('ident.trace', true) AS trace;
-- one instant for all, and an end of validity
SELECT value, valid_until BETWEEN 86000000000 AND 86400000000 AS a_day FROM freshet.run_queries('[{"path":"ident.clock"}]') WHERE ordinal = 1;
SELECT value::jsonb ->> 'now' AS now FROM freshet.run_queries('[]', NULL, '{"now":1700000000000000}');
COMMIT;
-- the bracket
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT freshet.track_begin('query', '{"sub":"alice","role":"admin"}');
SELECT ident.who();
SELECT * FROM ident.mine();
SELECT claims, length(read_set) > 3 AS read_something, xid FROM freshet.track_end();
SELECT ident.who();
SELECT freshet.track_end();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT freshet.track_begin('query', '{"sub":"alice"}');
SELECT freshet.track_begin('query', '{"sub":"bob"}');
ROLLBACK;
SELECT ident.who();
SELECT freshet.track_begin('query', NULL);
BEGIN;
SELECT freshet.track_begin('mutation', '{"sub":"alice"}');
COMMIT;
SELECT ident.who();
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA ident CASCADE;
DROP ROLE regress_identity_owner;
