CREATE SCHEMA app;
CREATE SCHEMA notes;
CREATE TABLE app.note (
  id     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  author text NOT NULL,
  title  text NOT NULL CONSTRAINT title_given CHECK (title <> '')
);

CREATE FUNCTION app.signed_in() RETURNS boolean STABLE LANGUAGE sql AS $$ SELECT freshet.user_id() IS NOT NULL $$;

CREATE FUNCTION notes.list() RETURNS TABLE (id bigint, title text) STABLE LANGUAGE sql AS $$
  SELECT n.id, n.title FROM app.note n WHERE n.author = freshet.user_id() ORDER BY n.id $$;

CREATE FUNCTION notes.add(title text) RETURNS bigint VOLATILE LANGUAGE sql AS $$
  SELECT freshet.require(title <> 'bad', 'bad_title', 'not that title');
  INSERT INTO app.note (author, title) VALUES (freshet.require_user(), add.title) RETURNING id $$;

SELECT freshet.expose('notes.list', guard => 'app.signed_in()', max_rows => 100);
SELECT freshet.expose('notes.add', guard => 'app.signed_in()', errors => '{bad_title}', cardinality => 'one');
