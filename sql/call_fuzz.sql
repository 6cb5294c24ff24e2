-- Arguments that are cut, doubled, swapped and garbled at random: every answer is a value or an error with a code of this extension.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_fuzz_owner;
CREATE SCHEMA fuzzed AUTHORIZATION regress_fuzz_owner;
SET ROLE regress_fuzz_owner;
SET search_path = fuzzed;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION echo(b bool DEFAULT NULL, i int DEFAULT NULL, f float8 DEFAULT NULL, n numeric DEFAULT NULL, t text DEFAULT NULL, m mood DEFAULT NULL,
    z timestamptz DEFAULT NULL, y bytea DEFAULT NULL, j jsonb DEFAULT NULL, a int[] DEFAULT NULL, p pair[] DEFAULT NULL, r int4range DEFAULT NULL)
  RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT to_jsonb(ROW(b, i, f, n, t, m, z, y, j, a, p, r))';
SELECT freshet.expose('fuzzed.echo', public => true);
RESET ROLE;
CREATE FUNCTION fuzzed.mutate(seed text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  bits text[] := ARRAY['{', '}', '[', ']', ',', ':', '"', '\', '\u0000', '\ud800', '\udc00', '\u00e9', 'null', 'true', '-', '0', '9e999', '1e', '.5', ' ', E'\t', E'\x01', 'é', '😀',
                       repeat('[', 70), repeat('{"a":', 70), '"b":true', '"i":"x"', '"":{}', '/*', '''', '99999999999999999999', '"NaN"'];
  text_now text := seed;
  place int;
BEGIN
  FOR i IN 1..1 + floor(random() * 4)::int LOOP
    place := 1 + floor(random() * length(text_now))::int;
    text_now := CASE floor(random() * 5)::int
      WHEN 0 THEN left(text_now, place)
      WHEN 1 THEN overlay(text_now PLACING '' FROM place FOR 1 + floor(random() * 6)::int)
      WHEN 2 THEN overlay(text_now PLACING substr(text_now, 1 + floor(random() * length(text_now))::int, 12) FROM place FOR 0)
      WHEN 3 THEN overlay(text_now PLACING bits[1 + floor(random() * array_length(bits, 1))::int] FROM place FOR floor(random() * 3)::int)
      ELSE substr(text_now, place) || left(text_now, place - 1)
    END;
  END LOOP;
  RETURN text_now;
END $$;
-- The arguments stand within the batch: text that leaves them makes the batch one that cannot be read.
CREATE FUNCTION fuzzed.run(rounds int) RETURNS TABLE (verdict text, many bool) LANGUAGE plpgsql AS $$
DECLARE
  seeds text[] := ARRAY[
    '{"b":true,"i":1,"f":1.5,"n":1.50,"t":"a\u00e9\"","m":"sad","z":"2024-02-29T12:30:00Z","y":"AP8Q"}',
    '{"j":{"a":[1,{"b":null}],"c":1.10},"a":[[1,2],[3,null]],"p":[{"a":1,"b":"x"},null],"r":"[1,5)"}',
    '{"i":-2147483648,"n":12345678901234567890.123,"f":"-Infinity","t":"\ud83d\ude00"}'];
  answer record;
  what text;
  counts jsonb := '{}';
BEGIN
  FOR round IN 1..rounds LOOP
    DECLARE arguments text := fuzzed.mutate(seeds[1 + round % 3]);
    BEGIN
      SELECT q.value, q.error INTO answer FROM freshet.run_queries('[{"path":"fuzzed.echo","args":' || arguments || '}]') q WHERE q.ordinal = 1;
      what := CASE WHEN answer IS NULL OR (answer.value IS NULL AND answer.error IS NULL) THEN 'no answer'
                   WHEN answer.value IS NOT NULL THEN 'value' ELSE COALESCE(answer.error::jsonb ->> 'code', 'untyped ' || answer.error) END;
      PERFORM answer.value::jsonb;
    EXCEPTION WHEN SQLSTATE 'RF001' THEN what := 'batch refused';
      WHEN OTHERS THEN what := 'raised ' || SQLSTATE || ' ' || SQLERRM || ' by ' || arguments;
    END;
    counts := counts || jsonb_build_object(what, COALESCE((counts ->> what)::int, 0) + 1);
  END LOOP;
  RETURN QUERY SELECT c.key, c.value::int > rounds / 100 FROM jsonb_each_text(counts) c ORDER BY 1;
END $$;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT setseed(0.5) AS seed_0_5;
SELECT * FROM fuzzed.run(6000);
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA fuzzed CASCADE;
DROP ROLE regress_fuzz_owner;
