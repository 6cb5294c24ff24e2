-- freshet.explain: the plans of a call reach the caller as messages, those of other calls do not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_explain_owner;
CREATE SCHEMA explained AUTHORIZATION regress_explain_owner;
SET ROLE regress_explain_owner;
CREATE TABLE explained.item (id int PRIMARY KEY, name text);
INSERT INTO explained.item SELECT i, 'name ' || i FROM generate_series(1, 1000) i;
CREATE FUNCTION explained.one(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT i.name FROM explained.item i WHERE i.id = one.id $$;
CREATE FUNCTION explained.two() RETURNS int STABLE LANGUAGE plpgsql AS $$
BEGIN PERFORM name FROM explained.item WHERE id = 1; RETURN (SELECT count(*) FROM explained.item); END $$;
CREATE FUNCTION explained.many() RETURNS void LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..200 LOOP UPDATE explained.item SET name = 'x' WHERE id = i; END LOOP; END $$;
CREATE FUNCTION explained.breaks() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT 1 / count(*) FROM explained.item WHERE id < 0); END $$;
SELECT count(*) FROM freshet.expose_module('explained', public => true);
ANALYZE explained.item;
RESET ROLE;
\set VERBOSITY sqlstate
\pset format unaligned
SET freshet.explain = on;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value FROM freshet.run_queries('[{"path":"explained.one","args":{"id":7}}]') WHERE ordinal > 0;
SELECT value FROM freshet.run_queries('[{"path":"explained.two"}]') WHERE ordinal > 0;
SELECT error::jsonb ->> 'sqlstate' FROM freshet.run_queries('[{"path":"explained.breaks"}]') WHERE ordinal > 0;
-- not of what runs beside calls
SELECT count(*) FROM explained.item;
COMMIT;
SET freshet.explain = off;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value FROM freshet.run_queries('[{"path":"explained.two"}]') WHERE ordinal > 0;
COMMIT;
SET freshet.explain = on;
-- a bounded number of them
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value FROM freshet.call(NULL, NULL, NULL, 'explained.many', '{}', NULL);
ROLLBACK;
RESET freshet.explain;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA explained CASCADE;
DROP ROLE regress_explain_owner;
