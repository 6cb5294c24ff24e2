-- What a backend remembers of results is what a new one finds, whatever changes, and whoever changes it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_changes_owner;
CREATE SCHEMA cc AUTHORIZATION regress_changes_owner;
SET ROLE regress_changes_owner;
SET search_path = cc;
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN score AS int;
CREATE TYPE pair AS (a int);
CREATE TABLE post (id int PRIMARY KEY, title text, body text NOT NULL, m mood, s score, p pair);
CREATE VIEW loud AS SELECT id, upper(body) AS body FROM post;
CREATE FUNCTION _word() RETURNS text STABLE LANGUAGE sql AS $$ SELECT nullif('x'::text, 'y') $$;
CREATE FUNCTION posts() RETURNS SETOF post STABLE LANGUAGE sql AS 'SELECT * FROM post';
CREATE FUNCTION titles() RETURNS TABLE (title text, m mood, s score, p pair) STABLE LANGUAGE sql AS 'SELECT title, m, s, p FROM post';
CREATE FUNCTION of_view() RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS 'SELECT id, body FROM loud';
CREATE FUNCTION word() RETURNS text STABLE LANGUAGE sql AS 'SELECT _word()';
SELECT count(*) FROM freshet.expose_module('cc', public => true);
RESET ROLE;
\setenv PGDATABASE :DBNAME
-- This backend's catalog beside that of a new one, and whether it is another than before.
CREATE TABLE cc.seen (n serial, hash text);
CREATE FUNCTION cc.note_hash() RETURNS void LANGUAGE sql AS $$ INSERT INTO cc.seen (hash) SELECT freshet.catalog() ->> 'hash' $$;
\i sql/support/catalog_again.psql
ALTER TABLE cc.post ALTER title SET NOT NULL;
\i sql/support/catalog_again.psql
ALTER TABLE cc.post ADD extra int;
\i sql/support/catalog_again.psql
CREATE OR REPLACE VIEW cc.loud AS SELECT id, CASE WHEN id > 0 THEN 'b' END AS body FROM cc.post;
\i sql/support/catalog_again.psql
ALTER TYPE cc.mood ADD VALUE 'happy';
\i sql/support/catalog_again.psql
ALTER TYPE cc.mood RENAME VALUE 'sad' TO 'gloomy';
\i sql/support/catalog_again.psql
ALTER DOMAIN cc.score SET NOT NULL;
\i sql/support/catalog_again.psql
ALTER TYPE cc.pair ADD ATTRIBUTE b text;
\i sql/support/catalog_again.psql
ALTER FUNCTION cc._word() STRICT;
CREATE OR REPLACE FUNCTION cc.word() RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'constant'::text $$;
\i sql/support/catalog_again.psql
SET ROLE regress_changes_owner;
SELECT freshet.expose('cc.word', public => true, cardinality => 'one');
RESET ROLE;
\i sql/support/catalog_again.psql
\! psql -X -q -c 'ALTER TABLE cc.post ALTER title DROP NOT NULL'
\i sql/support/catalog_again.psql
-- undone: as it was
BEGIN;
ALTER TABLE cc.post ALTER title SET NOT NULL;
SELECT freshet.catalog() ->> 'hash' = (SELECT hash FROM cc.seen ORDER BY n DESC LIMIT 1) AS same;
ROLLBACK;
\i sql/support/catalog_again.psql
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA cc CASCADE;
DROP ROLE regress_changes_owner;
