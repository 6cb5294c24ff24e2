-- A function whose owner row policies do not bind is not run past them, unless that was said when it was exposed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_policies_owner;
CREATE ROLE regress_policies_bound;
CREATE ROLE regress_policies_bypass BYPASSRLS;
CREATE SCHEMA policies AUTHORIZATION regress_policies_owner;
GRANT USAGE ON SCHEMA policies TO regress_policies_bound, regress_policies_bypass;
SET ROLE regress_policies_owner;
CREATE TABLE policies.note (id int PRIMARY KEY, owner text NOT NULL);
INSERT INTO policies.note VALUES (1, 'alice'), (2, 'bob');
CREATE TABLE policies.remark (id int PRIMARY KEY, note int REFERENCES policies.note);
CREATE TABLE policies.open (id int PRIMARY KEY);
CREATE VIEW policies.notes AS SELECT * FROM policies.note;
CREATE FUNCTION policies.direct() RETURNS SETOF int STABLE LANGUAGE sql SET search_path = policies AS 'SELECT id FROM note ORDER BY id';
CREATE FUNCTION policies.nested() RETURNS bigint STABLE LANGUAGE sql SET search_path = policies AS 'WITH c AS (SELECT * FROM open) SELECT count(*) FROM c WHERE EXISTS (SELECT FROM note)';
CREATE FUNCTION policies.of_view() RETURNS SETOF int STABLE LANGUAGE sql SET search_path = policies AS 'SELECT id FROM notes ORDER BY id';
CREATE FUNCTION policies.dynamic() RETURNS bigint STABLE LANGUAGE plpgsql SET search_path = policies AS $$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM note' INTO n; RETURN n; END $$;
CREATE FUNCTION policies.caught() RETURNS bigint STABLE LANGUAGE plpgsql SET search_path = policies AS $$ BEGIN
  RETURN (SELECT count(*) FROM note); EXCEPTION WHEN OTHERS THEN RETURN -1; END $$;
CREATE FUNCTION policies.through() RETURNS bigint STABLE LANGUAGE sql SET search_path = policies AS 'SELECT dynamic()';
CREATE FUNCTION policies.add(id int) RETURNS void LANGUAGE plpgsql SET search_path = policies AS $$ BEGIN INSERT INTO note VALUES (id, 'x'); END $$;
CREATE FUNCTION policies.add_remark(id int) RETURNS void LANGUAGE plpgsql SET search_path = policies AS $$ BEGIN INSERT INTO remark VALUES (id, 1); END $$;
CREATE FUNCTION policies.guarded() RETURNS int STABLE LANGUAGE sql SET search_path = policies AS 'SELECT 1';
CREATE FUNCTION policies.helper() RETURNS bigint STABLE SECURITY DEFINER LANGUAGE sql SET search_path = policies AS 'SELECT count(*) FROM note';
-- exposed before anybody wrote a policy
SELECT freshet.expose('policies.' || f, public => true) FROM unnest('{direct,nested,of_view,dynamic,caught,through,add,add_remark}'::text[]) f;
SELECT freshet.expose('policies.guarded', guard => 'EXISTS (SELECT FROM policies.note)');
ALTER TABLE policies.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON policies.note USING (owner = freshet.user_id());
RESET ROLE;
CREATE FUNCTION policies._ask(function text, who text DEFAULT 'alice', guard bool DEFAULT false) RETURNS TABLE (value text, sqlstate text, message text) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'sqlstate', error::jsonb ->> 'message'
    FROM freshet.run_queries(format('[{"path":"policies.%s","identity":{"sub":"%s"},"guard":%s}]', function, who, guard::text)) WHERE ordinal = 1 $$;
\set begin 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
\set call 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT value, error::jsonb ->> ''message'' AS message FROM freshet.call(NULL, NULL, '''','
:begin
SELECT * FROM policies._ask('direct');
SELECT * FROM policies._ask('nested');
SELECT * FROM policies._ask('of_view');
SELECT * FROM policies._ask('dynamic');
SELECT * FROM policies._ask('caught');
SELECT * FROM policies._ask('through');
SELECT * FROM policies._ask('guarded');
SELECT * FROM policies._ask('guarded', guard => true);
SELECT error::jsonb ->> 'detail' AS detail, error::jsonb ->> 'hint' AS hint FROM freshet.run_queries('[{"path":"policies.dynamic"}]') WHERE ordinal = 1;
COMMIT;
:call 'policies.add', '{"id":3}', NULL);
ROLLBACK;
-- a foreign key looks at the other table on its own account
:call 'policies.add_remark', '{"id":1}', NULL);
ROLLBACK;
-- where the body shows it, it is refused when exposed
SET ROLE regress_policies_owner;
\set VERBOSITY default
SELECT freshet.expose('policies.direct', public => true);
\set VERBOSITY terse
SELECT freshet.expose('policies.nested', public => true);
SELECT freshet.expose('policies.of_view', public => true);
SELECT freshet.expose('policies.dynamic', public => true);
SELECT freshet.expose('policies.direct', public => true, row_security => 'on');
-- said explicitly
SELECT freshet.expose('policies.direct', public => true, row_security => 'bypass');
RESET ROLE;
:begin
SELECT * FROM policies._ask('direct');
COMMIT;
-- bound by the policies: FORCE, or another owner
SET ROLE regress_policies_owner;
ALTER TABLE policies.note FORCE ROW LEVEL SECURITY;
SELECT freshet.expose('policies.of_view', public => true);
RESET ROLE;
:begin
SELECT * FROM policies._ask('of_view', 'alice');
SELECT * FROM policies._ask('of_view', 'bob');
SELECT * FROM policies._ask('dynamic', 'carol');
COMMIT;
ALTER TABLE policies.note NO FORCE ROW LEVEL SECURITY;
GRANT SELECT ON policies.note TO regress_policies_bound, regress_policies_bypass;
ALTER FUNCTION policies.dynamic() OWNER TO regress_policies_bound;
ALTER FUNCTION policies.direct() OWNER TO regress_policies_bypass;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA policies TO PUBLIC;
:begin
SELECT * FROM policies._ask('dynamic', 'alice');
COMMIT;
SET ROLE regress_policies_bypass;
\set VERBOSITY default
SELECT freshet.expose('policies.direct', public => true);
\set VERBOSITY terse
-- a helper that its owner made SECURITY DEFINER is on its own account
RESET ROLE;
CREATE FUNCTION policies.by_helper() RETURNS bigint STABLE LANGUAGE plpgsql SET search_path = policies AS 'BEGIN RETURN helper(); END';
ALTER FUNCTION policies.by_helper() OWNER TO regress_policies_bound;
SET ROLE regress_policies_bound;
SELECT freshet.expose('policies.by_helper', public => true);
RESET ROLE;
:begin
SELECT * FROM policies._ask('by_helper');
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA policies CASCADE;
DROP ROLE regress_policies_owner, regress_policies_bound, regress_policies_bypass;
