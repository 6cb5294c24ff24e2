-- Keys of services: the secret is seen once, only its hash is kept, and what is revoked, expired or wrong has no state.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_keys_gateway;
CREATE ROLE regress_keys_stream REPLICATION;
CREATE ROLE regress_keys_nobody;
SELECT freshet.grant_gateway('regress_keys_gateway', 'regress_keys_stream');
CREATE FUNCTION pg_temp.hash(secret text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_temp.id(secret text) RETURNS text LANGUAGE sql AS $$ SELECT split_part(secret, '_', 2) $$;
SELECT freshet.create_api_key('report', '{"sub": "report", "role": "reader", "n": 1.50}', '{query:sales.*,sales.note}') AS report \gset
SELECT freshet.create_api_key('plain', '{}', '{*}', now() + interval '1 day') AS plain \gset
-- the form of a key, and what is kept of it
SELECT :'report' ~ '^fk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$' AS form, :'report' <> :'plain' AS different;
SELECT count(*) FROM freshet.api_key k WHERE k::text LIKE '%' || split_part(:'report', '_', 3) || '%';
SELECT name, active, claims, scopes, created_by = session_user AS by_me, expires_at > now() AS expires, revoked_at, last_used_at FROM freshet.api_keys();
-- its state, for who knows id and hash
SET ROLE regress_keys_gateway;
SELECT ordinal, replace(claims, pg_temp.id(:'report'), 'ID') AS claims, scopes, expires_us
  FROM freshet.api_key_states(ARRAY[pg_temp.id(:'report')], ARRAY[pg_temp.hash(:'report')], '{f}');
SELECT ordinal, replace(claims, pg_temp.id(:'plain'), 'ID') AS claims, scopes, expires_us > extract(epoch FROM now()) * 1000000 AS later
  FROM freshet.api_key_states(ARRAY['0123456789abcdef', pg_temp.id(:'plain')], ARRAY[pg_temp.hash(:'plain'), pg_temp.hash(:'plain')], '{t,t}');
-- a key with another's hash, half a key, nothing
SELECT * FROM freshet.api_key_states(ARRAY[pg_temp.id(:'report'), pg_temp.id(:'plain'), '', NULL], ARRAY[pg_temp.hash(:'plain'), '', '', NULL], '{t,t,t,t}');
SELECT * FROM freshet.api_key_states('{}', '{}', '{}');
-- the gateway can neither make, list nor read keys
SELECT freshet.create_api_key('x', '{}', '{*}');
SELECT freshet.revoke_api_key('report');
SELECT * FROM freshet.api_keys();
TABLE freshet.api_key;
TABLE freshet.api_key_use;
SET ROLE regress_keys_nobody;
SELECT * FROM freshet.api_key_states('{}', '{}', '{}');
RESET ROLE;
SELECT name, last_used_at = date_trunc('minute', last_used_at) AS used FROM freshet.api_keys() ORDER BY name;
-- revoked by name, by id, by the key itself; once
SELECT freshet.revoke_api_key('report'), freshet.revoke_api_key('report'), freshet.revoke_api_key('no such'), freshet.revoke_api_key(NULL);
SELECT freshet.create_api_key('report', '{"iss": "us"}', '{sales.note}') AS again \gset
SELECT freshet.revoke_api_key('fk_' || pg_temp.id(:'again')), freshet.revoke_api_key(:'plain');
SELECT name, active, revoked_at IS NOT NULL AS revoked FROM freshet.api_keys() ORDER BY name, created_at;
SELECT count(*) FROM freshet.api_key_states(ARRAY[pg_temp.id(:'report'), pg_temp.id(:'again'), pg_temp.id(:'plain')],
  ARRAY[pg_temp.hash(:'report'), pg_temp.hash(:'again'), pg_temp.hash(:'plain')], '{t,t,t}');
-- one that has expired
SELECT freshet.create_api_key('short', '{}', '{*}', now() + interval '1 hour') AS short \gset
UPDATE freshet.api_key SET expires_at = now() - interval '1 second' WHERE name = 'short';
SELECT count(*) FROM freshet.api_key_states(ARRAY[pg_temp.id(:'short')], ARRAY[pg_temp.hash(:'short')], '{t}');
SELECT active FROM freshet.api_keys() WHERE name = 'short';
-- a name is taken until its key is revoked
SELECT freshet.create_api_key('short', '{}', '{*}');
-- what can't be
\set VERBOSITY default
SELECT freshet.create_api_key('  ', '{}', '{*}');
SELECT freshet.create_api_key(NULL, '{}', '{*}');
SELECT freshet.create_api_key('fk_x', '{}', '{*}');
SELECT freshet.create_api_key('0123456789abcdef', '{}', '{*}');
SELECT freshet.create_api_key(repeat('x', 101), '{}', '{*}');
SELECT freshet.create_api_key('x', '[]', '{*}');
SELECT freshet.create_api_key('x', NULL, '{*}');
SELECT freshet.create_api_key('x', '{"exp": 1}', '{*}');
SELECT freshet.create_api_key('x', '{"api_key": "other"}', '{*}');
SELECT freshet.create_api_key('x', '{"sub": 7}', '{*}');
SELECT freshet.create_api_key('x', '{"sub": ""}', '{*}');
SELECT freshet.create_api_key('x', '{"iss": null}', '{*}');
SELECT freshet.create_api_key('x', '{}', '{}');
SELECT freshet.create_api_key('x', '{}', NULL);
SELECT freshet.create_api_key('x', '{}', '{NULL}');
SELECT freshet.create_api_key('x', '{}', '{sales.note,"everything"}');
SELECT freshet.create_api_key('x', '{}', '{write:sales.*}');
SELECT freshet.create_api_key('x', '{}', '{*.note}');
SELECT freshet.create_api_key('x', '{}', '{sales.n*}');
SELECT freshet.create_api_key('x', '{}', '{*}', 'yesterday');
-- dumped, so that services go on after a restore
SELECT conrelid.oid::regclass FROM pg_extension e, unnest(e.extconfig) AS conrelid(oid)
 WHERE e.extname = 'freshet' AND conrelid.oid IN ('freshet.api_key'::regclass, 'freshet.api_key_use'::regclass) ORDER BY 1::text;
DELETE FROM freshet.api_key;
DELETE FROM freshet.api_key_use;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA freshet FROM regress_keys_gateway;
DROP ROLE regress_keys_gateway, regress_keys_stream, regress_keys_nobody;
