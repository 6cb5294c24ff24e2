-- The types that are inferred, exact to the last null: what can be NULL is `?`, and nothing else is.
SET client_min_messages = warning;
\set ECHO none
\i sql/support/shape_functions.psql
\set ECHO all
-- A schema in one line: `text?` is nullable, `#table.column` an id, `*` stands behind an optional member.
CREATE FUNCTION sh.show(s jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  tail text := COALESCE('#' || substr(s ->> 'x-freshet-id', 4), '');
  options text[];
BEGIN
  IF s ? 'anyOf' AND NOT s ? 'x-pg-type' THEN
    SELECT array_agg(sh.show(o) ORDER BY n) INTO options FROM jsonb_array_elements(s -> 'anyOf') WITH ORDINALITY e(o, n) WHERE o <> '{"type": "null"}';
    RETURN CASE WHEN cardinality(options) > 1 THEN '(' || array_to_string(options, ' | ') || ')' ELSE options[1] END
      || CASE WHEN s -> 'anyOf' @> '[{"type": "null"}]' THEN '?' ELSE '' END;
  END IF;
  CASE
    WHEN s ? 'const' THEN RETURN s ->> 'const';
    WHEN s ->> 'type' = 'array' THEN RETURN COALESCE('[' || sh.show(s -> 'items') || ']', '[]') || COALESCE('{' || (s ->> 'minItems') || '}', '');
    WHEN s ? 'properties' THEN RETURN '{' || COALESCE((SELECT string_agg(k || CASE WHEN s -> 'required' ? k THEN '' ELSE '*' END || ': ' || sh.show(v), ', '
      ORDER BY array_position(ARRAY(SELECT jsonb_array_elements_text(s -> 'required')), k), k) FROM jsonb_each(s -> 'properties') p(k, v)), '') || '}';
    WHEN s ->> 'type' = 'object' THEN RETURN '{[]: ' || sh.show(s -> 'additionalProperties') || '}';
    WHEN s ->> 'title' = 'json' THEN RETURN 'json';
    WHEN s ? 'enum' AND NOT COALESCE(s ->> 'x-pg-type' LIKE 'sh.%', false) THEN RETURN '(' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(s -> 'enum')), ' | ') || ')';
    ELSE RETURN COALESCE(s ->> 'x-pg-type', s ->> 'type') || CASE WHEN s ->> 'type' = 'string' AND s ->> 'x-pg-type' IN ('numeric', 'bigint') THEN ' string' ELSE '' END || tail;
  END CASE;
END $$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' : '
SELECT substr(path, 4), sh.show(freshet.describe(path) -> 'result') FROM freshet.functions ORDER BY path COLLATE "C";
\pset tuples_only off
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA sh CASCADE;
DROP ROLE regress_shape_owner;
