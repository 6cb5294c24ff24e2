-- freshet.describe(): one function as JSON Schema; ids by their keys; freshet.check() when all is well and when it is not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_describe_owner;
CREATE SCHEMA des AUTHORIZATION regress_describe_owner;
SET ROLE regress_describe_owner;
SET search_path = des;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE tenant (id uuid PRIMARY KEY, email text UNIQUE);
CREATE TABLE project (tenant_id uuid REFERENCES tenant, id int, parent_id int, title text NOT NULL, mood mood, opened timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id, opened), UNIQUE (tenant_id, id), FOREIGN KEY (tenant_id, parent_id) REFERENCES project (tenant_id, id));
CREATE TABLE email_log (email text REFERENCES tenant (email), at timestamptz);
CREATE TABLE entry (id bigint, day date, tenant_id uuid REFERENCES tenant, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE entry_2024 PARTITION OF entry FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW open_project AS SELECT p.id AS project, t.id AS tenant, p.opened FROM project p JOIN tenant t ON t.id = p.tenant_id;
CREATE FUNCTION projects(tenant uuid, picked int[] DEFAULT NULL, mood mood DEFAULT NULL) RETURNS TABLE (tenant_id uuid, id int, parent_id int, opened timestamptz, mood mood)
  STABLE LANGUAGE sql AS $$ SELECT p.tenant_id, p.id, p.parent_id, p.opened, p.mood FROM project p
    WHERE p.tenant_id = tenant AND (picked IS NULL OR p.id = ANY (picked)) AND (projects.mood IS NULL OR p.mood = projects.mood) $$;
COMMENT ON FUNCTION projects IS 'The projects of a tenant.';
CREATE FUNCTION of_view() RETURNS TABLE (project int, tenant uuid) STABLE LANGUAGE sql AS 'WITH o AS (SELECT * FROM open_project) SELECT o.project, (s).t FROM o, LATERAL (SELECT o.tenant AS t) s';
CREATE FUNCTION of_partition() RETURNS TABLE (id bigint, day date, tenant_id uuid) STABLE LANGUAGE sql AS 'SELECT id, day, tenant_id FROM entry_2024';
CREATE FUNCTION of_unique() RETURNS TABLE (email text, computed int) STABLE LANGUAGE sql AS 'SELECT l.email, p.id + 0 FROM email_log l, project p';
CREATE FUNCTION either(a uuid, b int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM project p, entry e WHERE p.tenant_id = a AND (p.id = b OR e.id = b)';
CREATE FUNCTION add(tenant uuid, title text) RETURNS int LANGUAGE sql AS 'INSERT INTO project (tenant_id, id, title, opened) VALUES (tenant, 1, title, now()) RETURNING id';
SELECT count(*) FROM freshet.expose_module('des', public => true);
SELECT freshet.expose('des.add', public => true, errors => '{project_archived,quota}', cardinality => 'one');
RESET ROLE;
\pset format unaligned
\pset tuples_only on
SELECT jsonb_pretty(freshet.describe('des.projects') - 'errors');
SELECT freshet.describe('des.add') - 'errors';
SELECT e -> 'properties' -> 'code' ->> 'const', e -> 'properties' -> 'details' FROM jsonb_array_elements(freshet.describe('des.add') -> 'errors' -> 'oneOf') e;
SELECT string_agg(e #>> '{properties,code,const}', ' ') FROM jsonb_array_elements(freshet.describe('des.projects') -> 'errors' -> 'oneOf') e;
SELECT p, jsonb_path_query_array(freshet.describe(p) -> 'result', 'strict $.**."x-freshet-id"') FROM unnest(ARRAY['des.of_view', 'des.of_partition', 'des.of_unique']) p;
SELECT freshet.describe('des.either') #> '{args,properties}';
\set SHOW_CONTEXT never
\set VERBOSITY default
SELECT freshet.describe('des.nothing');
SELECT freshet.describe('nothing');
SELECT * FROM freshet.check();
ALTER TABLE des.project DROP COLUMN mood CASCADE;
DROP FUNCTION des.of_view();
SELECT freshet.describe('des.projects');
SELECT * FROM freshet.check();
SET ROLE regress_describe_owner;
SELECT freshet.describe('des.add')->'path';
RESET ROLE;
\pset tuples_only off
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA des CASCADE;
DROP ROLE regress_describe_owner;
