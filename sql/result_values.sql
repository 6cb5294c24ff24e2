-- No value ever contradicts its type: every function of result_types.sql on empty tables, on tables full of NULLs and on random ones.
SET client_min_messages = warning;
\set ECHO none
\i sql/support/shape_functions.psql
\set ECHO all
-- What is wrong with a value, by the schema; NULL: nothing.
CREATE FUNCTION sh.wrong(s jsonb, v jsonb, at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  k text;
  i int := 0;
  item jsonb;
BEGIN
  IF s ? 'anyOf' THEN
    IF NOT EXISTS (SELECT FROM jsonb_array_elements(s -> 'anyOf') o WHERE sh.wrong(o, v, at) IS NULL) THEN RETURN at || ': none of the options'; END IF;
  END IF;
  IF s ? 'const' AND s -> 'const' <> v THEN RETURN at || ': not the constant'; END IF;
  IF s ? 'enum' AND NOT s -> 'enum' @> v THEN RETURN at || ': not in the enum'; END IF;
  IF s ? 'type' AND jsonb_typeof(s -> 'type') = 'string' AND s ->> 'type' <> (CASE
       WHEN jsonb_typeof(v) = 'number' AND s ->> 'type' = 'integer' AND (v #>> '{}')::numeric % 1 = 0 THEN 'integer' ELSE jsonb_typeof(v) END) THEN
    RETURN format('%s: %s is no %s', at, v, s ->> 'type');
  END IF;
  IF s -> 'type' = '["string", "null"]' AND jsonb_typeof(v) NOT IN ('string', 'null') THEN RETURN at || ': neither string nor null'; END IF;
  IF jsonb_typeof(v) = 'array' THEN
    IF jsonb_array_length(v) < (s ->> 'minItems')::int OR jsonb_array_length(v) > (s ->> 'maxItems')::int THEN RETURN at || ': wrong length'; END IF;
    FOR item IN SELECT * FROM jsonb_array_elements(v) LOOP
      result := CASE WHEN s ? 'items' THEN sh.wrong(s -> 'items', item, at || '[' || i || ']') END;
      IF result IS NOT NULL THEN RETURN result; END IF;
      i := i + 1;
    END LOOP;
  ELSIF jsonb_typeof(v) = 'object' THEN
    FOR k IN SELECT jsonb_array_elements_text(s -> 'required') LOOP
      IF NOT v ? k THEN RETURN at || ': lacks ' || k; END IF;
    END LOOP;
    FOR k, item IN SELECT * FROM jsonb_each(v) LOOP
      IF s -> 'properties' ? k THEN
        result := sh.wrong(s -> 'properties' -> k, item, at || '.' || k);
      ELSIF s -> 'additionalProperties' = 'false' THEN
        result := at || ': has ' || k;
      ELSIF jsonb_typeof(s -> 'additionalProperties') = 'object' THEN
        result := sh.wrong(s -> 'additionalProperties', item, at || '.' || k);
      END IF;
      IF result IS NOT NULL THEN RETURN result; END IF;
    END LOOP;
  END IF;
  RETURN NULL;
END $$;
-- The validator itself finds what is wrong.
SELECT sh.wrong('{"type": "integer"}', 'null', '$'), sh.wrong('{"type": "integer"}', '1.5', '$'), sh.wrong('{"anyOf": [{"type": "integer"}, {"type": "null"}]}', '"x"', '$'),
  sh.wrong('{"type": "object", "properties": {"a": {"const": "x"}}, "required": ["a"], "additionalProperties": false}', '{"a": "y"}', '$'),
  sh.wrong('{"type": "object", "properties": {}, "required": ["a"]}', '{}', '$'), sh.wrong('{"type": "array", "items": {"enum": [1]}}', '[1, 2]', '$'),
  sh.wrong('{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}', '{"a": "y"}', '$');
-- `nulls`: how likely a nullable column is NULL. Values are drawn with a fixed seed.
CREATE FUNCTION sh.fill(users int, issues int, nulls float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE sh.usr, sh.issue, sh.event CASCADE;
  INSERT INTO sh.usr SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'user ' || n, CASE WHEN random() >= nulls THEN (ARRAY['', 'nick', 'issue 1'])[1 + n % 3] END,
    CASE WHEN random() >= nulls THEN (ARRAY['sad', 'happy'])[1 + n % 2]::sh.mood END, 'h' || n FROM generate_series(1, users) n;
  INSERT INTO sh.issue SELECT n, ('00000000-0000-0000-0000-' || lpad((1 + n % users)::text, 12, '0'))::uuid,
    CASE WHEN random() >= nulls THEN ('00000000-0000-0000-0000-' || lpad((1 + n * 7 % users)::text, 12, '0'))::uuid END, 'issue ' || n, CASE WHEN random() >= nulls THEN n % 5 END,
    CASE WHEN random() >= nulls THEN (ARRAY['NaN', '1.50', 'Infinity'])[1 + n % 3]::numeric END, CASE n % 3 WHEN 0 THEN 'infinity' WHEN 1 THEN '0044-03-15 BC' ELSE '2024-01-01' END::timestamptz,
    CASE WHEN random() >= nulls THEN now() END, (ARRAY['{}', '{a,b}', '{NULL}'])[1 + n % 3]::text[],
    CASE WHEN random() >= nulls THEN (ARRAY['{"x": null}', '[]', 'null', '{"x": 1}'])[1 + n % 4]::jsonb END, CASE WHEN random() >= nulls THEN ROW(n, CASE WHEN random() >= nulls THEN 1 END)::sh.point2 END,
    CASE WHEN n > 1 AND random() >= nulls THEN n - 1 END FROM generate_series(1, issues) n;
  INSERT INTO sh.event SELECT n, date '2023-12-30' + n, CASE WHEN random() >= nulls THEN 'note' END, 1 + n % issues FROM generate_series(1, issues) n;
END $$;
CREATE FUNCTION sh.contradictions(wanted text) RETURNS TABLE (path text, problem text) LANGUAGE plpgsql AS $$
DECLARE
  f record;
  request text;
  answer record;
BEGIN
  FOR f IN SELECT x.path, x.kind, freshet.describe(x.path) AS d FROM freshet.functions x WHERE x.kind = wanted ORDER BY 1 LOOP
    path := f.path;
    FOR request IN SELECT unnest(CASE WHEN f.path IN ('sh.v_maybe', 'sh.v_row') THEN ARRAY['{"id": "00000000-0000-0000-0000-000000000001"}', '{"id": "00000000-0000-0000-0000-999999999999"}']
        WHEN f.path = 'sh.e_parameters' THEN ARRAY['{"a": 1}', '{"a": 1, "b": null, "c": 2, "d": 3}'] WHEN f.path = 'sh._helper' THEN ARRAY['{"a": "x"}'] WHEN f.path IN ('sh._row') THEN ARRAY['{"name": "x"}'] WHEN f.path = 'sh._swap' THEN ARRAY['{"a": "x"}', '{"a": "x", "b": 1}'] WHEN f.path = 'sh._titles' THEN ARRAY['{"min": 1}']
        WHEN f.path = 'sh.m_insert' THEN ARRAY['{"title": "t", "author": "00000000-0000-0000-0000-000000000001"}'] ELSE ARRAY['{}'] END) LOOP
      IF f.kind = 'query' THEN
        SELECT r.value, r.error INTO answer FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', f.path, 'args', request::jsonb))::text) r WHERE r.ordinal = 1;
      ELSE
        BEGIN
          SELECT r.value, r.error INTO answer FROM freshet.call(NULL, NULL, 'p', f.path, request, '{}') r;
          RAISE EXCEPTION USING ERRCODE = 'T0001';
        EXCEPTION WHEN SQLSTATE 'T0001' THEN NULL;
        END;
      END IF;
      IF answer.value IS NULL AND NOT COALESCE(answer.error LIKE '%"not_found"%' OR answer.error LIKE '%foreign key%', false) THEN problem := answer.error; RETURN NEXT; END IF;
      problem := sh.wrong(f.d -> 'result', answer.value::jsonb, '$');
      IF problem IS NOT NULL THEN RETURN NEXT; END IF;
    END LOOP;
  END LOOP;
END $$;
\pset tuples_only on
\pset format unaligned
SELECT setseed(0.42);
-- nothing at all
SELECT sh.fill(0, 0, 0);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- users alone, all NULL
SELECT sh.fill(3, 0, 1);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- every NULL there can be
SELECT sh.fill(3, 9, 1);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- no NULL
SELECT sh.fill(3, 9, 0);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 1
SELECT sh.fill(1, 1, 0.2);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 2
SELECT sh.fill(2, 4, 0.3);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 3
SELECT sh.fill(3, 7, 0.4);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 4
SELECT sh.fill(4, 10, 0.5);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 5
SELECT sh.fill(1, 13, 0.6);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
-- random 6
SELECT sh.fill(2, 16, 0.7);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM sh.contradictions('query');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sh.contradictions('mutation');
ROLLBACK;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA sh CASCADE;
DROP ROLE regress_shape_owner;
