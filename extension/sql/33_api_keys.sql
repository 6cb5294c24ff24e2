-- Keys of services and agents: made, listed and revoked here, presented to the gateway as bearer tokens. Only the SHA-256 of a key is stored;
-- with 256 bits of chance in each, the hash gives nothing away. Dumped with the database, so that services go on working after a restore;
-- who clones a database for another purpose deletes them there (docs/auth.md).
CREATE TABLE freshet.api_key (
  id           text        PRIMARY KEY COLLATE "C" CHECK (id ~ '^[0-9a-f]{16}$'),
  name         text        NOT NULL,
  hash         bytea       NOT NULL CHECK (pg_catalog.octet_length(hash) = 32),
  claims       jsonb       NOT NULL CHECK (pg_catalog.jsonb_typeof(claims) = 'object'),
  scopes       text[]      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT pg_catalog.now(),
  created_by   name        NOT NULL DEFAULT session_user,
  expires_at   timestamptz,
  revoked_at   timestamptz
);
-- A name means one key: until it is revoked nobody else has it.
CREATE UNIQUE INDEX api_key_name ON freshet.api_key (name) WHERE revoked_at IS NULL;
SELECT pg_catalog.pg_extension_config_dump('freshet.api_key', '');
REVOKE ALL ON freshet.api_key FROM PUBLIC;

-- When each was used last, to the minute. Apart from the keys, of which gateways hear every change; without a reference to them, so that a
-- key can be deleted while it is used.
CREATE TABLE freshet.api_key_use (
  id      text        PRIMARY KEY COLLATE "C",
  used_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('freshet.api_key_use', '');
REVOKE ALL ON freshet.api_key_use FROM PUBLIC;

-- Makes an API key and returns it, `fk_` and 60 characters. This is the only time that it can be seen.
--   name     what it is for; unique among the keys that are not revoked
--   claims   what freshet.identity() is for its bearer. `sub` is `api_key:` and the key's id unless it is given; `api_key`, its id, is added
--   scopes   what it may call: `*`, `module.*` or `module.function`, each with `query:`, `mutation:` or `action:` in front to allow only
--            that kind. Guards decide as for every caller
--   expires  when it ends by itself; NULL: never
-- Errors: RF001 for a name, claims, scopes or time that can't be; unique_violation for a name that is taken.
--   SELECT freshet.create_api_key('nightly report', '{"sub": "report", "role": "reader"}', '{query:sales.*}', now() + interval '90 days');
CREATE FUNCTION freshet.create_api_key(name text, claims jsonb, scopes text[], expires timestamptz DEFAULT NULL) RETURNS text
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  id      CONSTANT text := encode(freshet.random_bytes(8), 'hex');
  secret  CONSTANT text := 'fk_' || id || '_' || translate(rtrim(encode(freshet.random_bytes(32), 'base64'), '='), '+/', '-_');
  pattern text;
BEGIN
  IF coalesce(name !~ '\S' OR length(name) > 100 OR name ~ '^(fk_|[0-9a-f]{16}$)', true) THEN
    RAISE EXCEPTION 'the name of an API key has 1 to 100 characters and does not look like a key''s id' USING ERRCODE = 'RF001';
  END IF;
  IF coalesce(jsonb_typeof(claims) <> 'object', true) THEN
    RAISE EXCEPTION 'claims: expected a JSON object' USING ERRCODE = 'RF001';
  END IF;
  IF claims ?| ARRAY['exp', 'nbf', 'iat', 'jti', 'api_key'] THEN
    RAISE EXCEPTION 'claims: exp, nbf, iat, jti and api_key are not for you to set' USING ERRCODE = 'RF001',
      HINT = 'When a key ends is the parameter `expires`.';
  END IF;
  IF jsonb_typeof(claims -> 'sub') <> 'string' OR claims ->> 'sub' = '' OR jsonb_typeof(claims -> 'iss') <> 'string' THEN
    RAISE EXCEPTION 'claims: sub and iss are strings' USING ERRCODE = 'RF001';
  END IF;
  IF coalesce(cardinality(scopes) NOT BETWEEN 1 AND 100, true) THEN
    RAISE EXCEPTION 'scopes: expected 1 to 100 patterns' USING ERRCODE = 'RF001', HINT = 'Everything is {*}.';
  END IF;
  FOREACH pattern IN ARRAY scopes LOOP
    IF coalesce(pattern !~ '^((query|mutation|action):)?(\*|[^.*:]+\.(\*|[^*:]+))$', true) THEN
      RAISE EXCEPTION 'scopes: % is no pattern', coalesce(quote_literal(pattern), 'NULL') USING ERRCODE = 'RF001',
        HINT = 'Expected *, module.* or module.function, with query:, mutation: or action: in front where only that kind is allowed.';
    END IF;
  END LOOP;
  IF expires <= now() THEN
    RAISE EXCEPTION 'expires: % is past', expires USING ERRCODE = 'RF001';
  END IF;
  INSERT INTO freshet.api_key (id, name, hash, claims, scopes, expires_at)
  VALUES (id, name, sha256(convert_to(secret, 'UTF8')), claims, scopes, nullif(expires, 'infinity'));
  RETURN secret;
END $$;

-- Revokes the key of this id or name (or the key itself). Gateways hear of it through the change stream: sessions that use it lose their
-- identity in the transition in which it is revoked, and everything else refuses it from then on.
-- True: it was in force until now. False: no such key, or revoked before.
--   SELECT freshet.revoke_api_key('nightly report');
CREATE FUNCTION freshet.revoke_api_key(key text) RETURNS boolean
  VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE plpgsql AS $$
BEGIN
  UPDATE freshet.api_key k SET revoked_at = now()
   WHERE k.revoked_at IS NULL AND (k.name = key OR k.id = coalesce(substring(key FROM '^fk_([0-9a-f]{16})(?:_|$)'), key));
  RETURN FOUND;
END $$;

-- Every key that was made, the newest first; `active`: it would be accepted now.
CREATE FUNCTION freshet.api_keys()
  RETURNS TABLE (id text, name text, active boolean, claims jsonb, scopes text[], created_at timestamptz, created_by name,
                 expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
  STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    SELECT k.id, k.name, k.revoked_at IS NULL AND coalesce(k.expires_at > clock_timestamp(), true), k.claims, k.scopes, k.created_at,
           k.created_by, k.expires_at, k.revoked_at, u.used_at
      FROM freshet.api_key k LEFT JOIN freshet.api_key_use u ON u.id = k.id ORDER BY k.created_at DESC, k.id
  $$;

-- For the gateway: which of these keys are in force, by id and hex SHA-256, and what they stand for. Those that are not have no row. `used`:
-- the key was presented since it was asked about before.
CREATE FUNCTION freshet.api_key_states(ids text[], hashes text[], used boolean[])
  RETURNS TABLE (ordinal integer, claims text, scopes text, expires_us bigint)
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    -- In one order, so that two gateways do not wait for each other.
    INSERT INTO freshet.api_key_use AS u (id, used_at)
    SELECT DISTINCT k.id, date_trunc('minute', now())
      FROM ROWS FROM (unnest(ids), unnest(hashes), unnest(used)) q(id, hash, used)
      JOIN freshet.api_key k ON k.id = q.id AND k.hash = decode(q.hash, 'hex')
     WHERE q.used AND k.revoked_at IS NULL
       AND NOT EXISTS (SELECT FROM freshet.api_key_use was WHERE was.id = k.id AND was.used_at >= date_trunc('minute', now()))
     ORDER BY k.id
    ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at WHERE u.used_at < excluded.used_at;
    SELECT q.ordinal::integer,
           (jsonb_build_object('sub', 'api_key:' || k.id) || k.claims || jsonb_build_object('api_key', k.id))::text,
           to_jsonb(k.scopes)::text, (extract(epoch FROM k.expires_at) * 1000000)::bigint
      FROM ROWS FROM (unnest(ids), unnest(hashes)) WITH ORDINALITY q(id, hash, ordinal)
      JOIN freshet.api_key k ON k.id = q.id AND k.hash = decode(q.hash, 'hex')
     WHERE k.revoked_at IS NULL AND coalesce(k.expires_at > clock_timestamp(), true)
     ORDER BY q.ordinal
  $$;

REVOKE ALL ON FUNCTION freshet.create_api_key(text, jsonb, text[], timestamptz), freshet.revoke_api_key(text), freshet.api_keys(),
  freshet.api_key_states(text[], text[], boolean[]) FROM PUBLIC;
