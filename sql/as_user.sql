-- A session that is a caller for a while, and calls what is exposed as that caller.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_as_owner;
CREATE SCHEMA desk AUTHORIZATION regress_as_owner;
SET ROLE regress_as_owner;
SET search_path = desk;
CREATE TABLE member (team int, usr text, PRIMARY KEY (team, usr));
CREATE TABLE note (id int PRIMARY KEY, team int NOT NULL, body text NOT NULL CHECK (body <> ''));
INSERT INTO member VALUES (1, 'alice'), (2, 'bob');
INSERT INTO note VALUES (1, 1, 'of one'), (2, 2, 'of two');
CREATE FUNCTION _in_team(team int) RETURNS boolean STABLE LANGUAGE sql AS
  $$ SELECT EXISTS (SELECT FROM desk.member m WHERE m.team = _in_team.team AND m.usr = freshet.user_id()) $$;
CREATE FUNCTION list(team int) RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS $$ SELECT n.id, n.body FROM desk.note n WHERE n.team = list.team ORDER BY n.id $$;
CREATE FUNCTION me() RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT freshet.identity() $$;
CREATE FUNCTION add(id int, team int, body text) RETURNS int VOLATILE LANGUAGE sql AS $$
  SELECT freshet.require(add.body <> 'bad', 'bad_word', 'not that word');
  INSERT INTO desk.note VALUES (add.id, add.team, add.body) RETURNING id $$;
CREATE FUNCTION becomes_alice() RETURNS void VOLATILE LANGUAGE sql AS $$ SELECT freshet.as_user('{"sub": "alice"}') $$;
CREATE FUNCTION invokes() RETURNS jsonb VOLATILE LANGUAGE sql AS $$ SELECT freshet.invoke('desk.me') $$;
CREATE FUNCTION definer() RETURNS void VOLATILE SECURITY DEFINER LANGUAGE sql AS $$ SELECT freshet.as_user('{"sub": "alice"}') $$;
SELECT freshet.expose('desk.list', guard => 'desk._in_team(team)');
SELECT freshet.expose('desk.add', guard => 'desk._in_team(team)', errors => '{bad_word}', cardinality => 'one');
SELECT freshet.expose('desk.me', public => true);
SELECT freshet.expose('desk.becomes_alice', public => true);
SELECT freshet.expose('desk.invokes', public => true);
-- nobody may who was not told so
SELECT freshet.as_user('{}');
SELECT freshet.invoke('desk.me');
RESET ROLE;
GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO regress_as_owner;
SET ROLE regress_as_owner;
SELECT freshet.as_user('{"sub": "alice"}');
\set VERBOSITY terse
BEGIN;
SELECT freshet.invoke('desk.me');
SELECT freshet.as_user('{"sub": "alice", "role": "admin"}');
SELECT freshet.user_id(), freshet.claim('role'), desk.me();
SELECT freshet.invoke('desk.me'), freshet.invoke('desk.list', '{"team": 1}');
-- what the transaction wrote is seen, and what is invoked stays in it
INSERT INTO note VALUES (3, 1, 'new');
SELECT freshet.invoke('desk.list', '{"team": 1}');
SELECT freshet.invoke('desk.add', '{"id": 4, "team": 1, "body": "by call"}');
SELECT count(*) FROM note;
SAVEPOINT s;
SELECT freshet.invoke('desk.list', '{"team": 2}');
ROLLBACK TO s;
SELECT freshet.invoke('desk.list', '{"team": "x", "more": 1}');
ROLLBACK TO s;
SELECT freshet.invoke('desk.none');
ROLLBACK TO s;
SELECT freshet.invoke('desk.add', '{"id": 4, "team": 1, "body": "again"}');
ROLLBACK TO s;
SELECT freshet.invoke('desk.add', '{"id": 5, "team": 1, "body": ""}');
ROLLBACK TO s;
DO $$
DECLARE code text; detail text;
BEGIN
  PERFORM freshet.invoke('desk.add', '{"id": 5, "team": 1, "body": "bad"}');
EXCEPTION WHEN SQLSTATE 'RF010' THEN
  GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
  RAISE WARNING '% % %', SQLERRM, code, detail::jsonb -> 'data';
END $$;
-- another caller, and none
SELECT freshet.as_user('{"sub": "bob"}');
SELECT freshet.invoke('desk.list', '{"team": 2}');
SELECT freshet.as_user(NULL);
SELECT freshet.user_id(), freshet.invoke('desk.me');
-- what is called does not choose for whom
SAVEPOINT s;
SELECT freshet.invoke('desk.becomes_alice');
ROLLBACK TO s;
SELECT freshet.invoke('desk.invokes');
ROLLBACK TO s;
SELECT definer();
ROLLBACK TO s;
SELECT freshet.as_user('[]');
ROLLBACK;
SELECT freshet.user_id(), count(*) FROM note;
-- the gateway's own way in does not take a caller that was assumed before
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT freshet.as_user('{"sub": "alice"}');
SELECT value FROM freshet.run_queries('[{"path": "desk.me"}]');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value, error::jsonb ->> 'message' FROM freshet.run_queries('[{"path": "desk.becomes_alice"}, {"path": "desk.me", "identity": {"sub": "bob"}}]') WHERE ordinal > 0;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb ->> 'message' FROM freshet.call(NULL, NULL, '', 'desk.becomes_alice', '{}', '{"sub": "bob"}');
ROLLBACK;
DROP SCHEMA desk CASCADE;
REVOKE EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) FROM regress_as_owner;
DROP ROLE regress_as_owner;
