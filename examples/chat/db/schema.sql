-- The chat: tables in `app`, one schema for each module that clients see. Run by the role that is to own it all, an ordinary one.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
DROP SCHEMA IF EXISTS app, channels, members, messages, people CASCADE;
CREATE SCHEMA app;
CREATE SCHEMA channels;
CREATE SCHEMA members;
CREATE SCHEMA messages;
CREATE SCHEMA people;

CREATE TABLE app.usr (
  id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name        text NOT NULL CHECK (name <> ''),
  feed_author integer UNIQUE,                   -- number in a loaded message stream
  is_demo     boolean NOT NULL DEFAULT false    -- may be chosen at the demo's sign-in
);

CREATE TABLE app.channel (
  id    bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name  text NOT NULL UNIQUE CHECK (name <> '' AND length(name) <= 80)
);

CREATE TABLE app.member (
  channel_id   bigint NOT NULL REFERENCES app.channel ON DELETE CASCADE,
  user_id      bigint NOT NULL REFERENCES app.usr ON DELETE CASCADE,
  last_read_id bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX member_channel ON app.member (channel_id);

CREATE TABLE app.message (
  id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  channel_id bigint NOT NULL REFERENCES app.channel ON DELETE CASCADE,
  author_id  bigint NOT NULL REFERENCES app.usr,
  body       text NOT NULL CONSTRAINT body_length CHECK (length(body) BETWEEN 1 AND 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  nonce      uuid                               -- the sender's own name for it, so that a client knows its message again
);
CREATE INDEX message_newest ON app.message (channel_id, created_at, id);
CREATE INDEX message_unread ON app.message (channel_id, id) INCLUDE (author_id);

CREATE FUNCTION app.me() RETURNS bigint STABLE LANGUAGE sql AS
  $$ SELECT freshet.require_user()::bigint $$;

CREATE FUNCTION app.require_member(channel bigint) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM app.member m WHERE m.channel_id = require_member.channel AND m.user_id = app.me()) $$;

CREATE FUNCTION app.signed_in() RETURNS boolean STABLE LANGUAGE sql AS
  $$ SELECT freshet.user_id() IS NOT NULL $$;

-- The caller's channels. What they wrote themselves is not unread.
CREATE FUNCTION channels.list() RETURNS TABLE (id bigint, name text, unread bigint, last_read_id bigint) STABLE LANGUAGE sql AS $$
  SELECT c.id, c.name, count(g.id), m.last_read_id
  FROM app.member m
  JOIN app.channel c ON c.id = m.channel_id
  LEFT JOIN app.message g ON g.channel_id = m.channel_id AND g.id > m.last_read_id AND g.author_id <> m.user_id
  WHERE m.user_id = app.me()
  GROUP BY c.id, c.name, m.last_read_id
  ORDER BY c.name, c.id $$;

CREATE FUNCTION channels.mark_read(channel bigint, upto bigint) RETURNS void VOLATILE LANGUAGE sql AS $$
  UPDATE app.member m SET last_read_id = mark_read.upto
  WHERE m.channel_id = mark_read.channel AND m.user_id = app.me() AND m.last_read_id < mark_read.upto $$;

CREATE FUNCTION channels.open(name text) RETURNS bigint VOLATILE LANGUAGE sql AS $$
  WITH opened AS (INSERT INTO app.channel (name) VALUES (btrim(open.name)) RETURNING id),
       joined AS (INSERT INTO app.member (channel_id, user_id)
                  SELECT o.id, u.id FROM opened o, app.usr u WHERE u.is_demo OR u.id = app.me() RETURNING channel_id)
  SELECT DISTINCT channel_id FROM joined $$;

CREATE FUNCTION members.list(channel bigint) RETURNS TABLE (id bigint, name text) STABLE LANGUAGE sql AS $$
  SELECT u.id, u.name FROM app.member m JOIN app.usr u ON u.id = m.user_id
  WHERE m.channel_id = list.channel ORDER BY u.name, u.id $$;

-- The newest messages of a channel, oldest first.
CREATE FUNCTION messages.list(channel bigint, newest integer DEFAULT 50)
  RETURNS TABLE (id bigint, body text, created_at timestamptz, author_id bigint, author text, nonce uuid) STABLE LANGUAGE sql AS $$
  SELECT n.id, n.body, n.created_at, n.author_id, u.name, n.nonce
  FROM (SELECT g.* FROM app.message g WHERE g.channel_id = list.channel
        ORDER BY g.created_at DESC, g.id DESC LIMIT least(greatest(list.newest, 1), 500)) n
  JOIN app.usr u ON u.id = n.author_id
  ORDER BY n.created_at, n.id $$;

CREATE FUNCTION messages.send(channel bigint, body text, nonce uuid DEFAULT NULL) RETURNS bigint VOLATILE LANGUAGE sql AS $$
  SELECT freshet.require(btrim(send.body) <> '', 'empty_message', 'there is nothing to send');
  INSERT INTO app.message (channel_id, author_id, body, nonce) VALUES (send.channel, app.me(), send.body, send.nonce) RETURNING id $$;

-- Who may be chosen at sign-in: the demo's own accounts only.
CREATE FUNCTION people.demo_accounts() RETURNS TABLE (id bigint, name text) STABLE LANGUAGE sql AS
  $$ SELECT u.id, u.name FROM app.usr u WHERE u.is_demo ORDER BY u.id $$;

SELECT freshet.expose('channels.list', guard => 'app.signed_in()', max_rows => 5000);
SELECT freshet.expose('channels.mark_read', guard => 'app.require_member(channel)');
SELECT freshet.expose('channels.open', guard => 'app.signed_in()', cardinality => 'one');
SELECT freshet.expose('members.list', guard => 'app.require_member(channel)', max_rows => 5000);
SELECT freshet.expose('messages.list', guard => 'app.require_member(channel)', max_rows => 500);
SELECT freshet.expose('messages.send', guard => 'app.require_member(channel)', errors => '{empty_message}', cardinality => 'one');
SELECT freshet.expose('people.demo_accounts', public => true);

INSERT INTO app.usr (name, is_demo) VALUES ('Ada Linden', true), ('Ben Okafor', true), ('Chloé Martin', true), ('Dev Patel', true);
COMMIT;
