-- pg_dump and restore carry what is exposed; sessions, records and the secret stay behind.
SET client_min_messages = warning;
CREATE ROLE regress_dump_owner;
CREATE DATABASE regress_dump_from;
CREATE DATABASE regress_dump_to;
\c regress_dump_from
CREATE EXTENSION freshet;
CREATE SCHEMA dumped AUTHORIZATION regress_dump_owner;
SET ROLE regress_dump_owner;
SET search_path = dumped;
CREATE TABLE thing (id int PRIMARY KEY);
INSERT INTO thing VALUES (1), (2);
CREATE FUNCTION list(lowest int) RETURNS SETOF thing STABLE LANGUAGE sql AS 'SELECT * FROM thing WHERE id >= list.lowest ORDER BY id';
CREATE FUNCTION add(id int) RETURNS int LANGUAGE sql AS 'INSERT INTO thing VALUES (add.id) RETURNING id';
SELECT freshet.expose('dumped.list', guard => 'lowest > 0', max_rows => 10, errors => '{a,b}');
SELECT freshet.expose('dumped.add', public => true);
RESET ROLE;
RESET search_path;
SELECT count(*) FROM freshet.open_sessions(1);
SELECT freshet.catalog() ->> 'hash' AS hash, encode(freshet.gateway_key(), 'hex') AS key \gset
\! pg_dump -Fc regress_dump_from | pg_restore -d regress_dump_to --exit-on-error
\c regress_dump_to
SELECT * FROM freshet.functions;
SELECT freshet.catalog() ->> 'hash' = :'hash' AS same_catalog, encode(freshet.gateway_key(), 'hex') = :'key' AS same_key, (SELECT count(*) FROM freshet.session) AS sessions;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT ordinal, value, error::jsonb ->> 'code' AS code FROM freshet.run_queries('[{"path":"dumped.list","args":{"lowest":2}},{"path":"dumped.list","args":{"lowest":0},"guard":true}]') WHERE ordinal > 0;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, NULL, 'dumped.add', '{"id":3}', NULL);
COMMIT;
\c regression
DROP DATABASE regress_dump_from;
DROP DATABASE regress_dump_to;
DROP ROLE regress_dump_owner;
