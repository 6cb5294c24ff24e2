-- What is never reported as rows: this extension's tables, catalogs, temporary and unlogged tables, large objects.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE freshet.cs_mine (id int PRIMARY KEY);
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
CREATE TEMP TABLE temporary (id int PRIMARY KEY);
CREATE SEQUENCE seq;
SELECT skip();
-- A table that people put into the extension's schema is theirs.
INSERT INTO freshet.cs_mine VALUES (1);
SELECT * FROM changes();
ALTER EXTENSION freshet ADD TABLE freshet.cs_mine;
SELECT skip();
SELECT announce('{freshet.cs_mine,unlogged,temporary}');
INSERT INTO freshet.cs_mine VALUES (2);
TRUNCATE freshet.cs_mine;
INSERT INTO unlogged VALUES (1);
INSERT INTO temporary VALUES (1);
SELECT nextval('seq');
SELECT line(r) FROM raw_changes() WHERE r->>'record' IN ('row', 'table');
-- The keys of services are told like a table of people's: who acts by one is to hear of its end. Not when they were used.
SELECT skip();
INSERT INTO freshet.api_key_use VALUES ('00000000000000ff', now());
SELECT line(r) FROM raw_changes() WHERE r->>'record' IN ('row', 'table');
INSERT INTO freshet.api_key (id, name, hash, claims, scopes) VALUES ('00000000000000ff', 'x', sha256('x'), '{}', '{*}');
UPDATE freshet.api_key SET revoked_at = now() WHERE name = 'x';
DELETE FROM freshet.api_key WHERE name = 'x';
DELETE FROM freshet.api_key_use;
SELECT line(r) FROM raw_changes() WHERE r->>'record' IN ('row', 'table');
ALTER EXTENSION freshet DROP TABLE freshet.cs_mine;
DROP TABLE freshet.cs_mine;
\i sql/support/change_set_end.psql
