-- Functions in languages that can keep what one caller saw are refused when they are exposed and stopped before they run.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
-- as PL/Perl is one with %_SHARED: what matters is that nobody has said that it keeps nothing
CREATE LANGUAGE remembers HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
CREATE SCHEMA languages;
CREATE FUNCTION languages.direct() RETURNS int STABLE LANGUAGE remembers AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION languages.writes() RETURNS int LANGUAGE remembers AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION languages._rows() RETURNS SETOF int STABLE LANGUAGE remembers AS $$ BEGIN RETURN NEXT 1; END $$;
CREATE FUNCTION languages._fixed() RETURNS int IMMUTABLE LANGUAGE remembers AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION languages._step(int, int) RETURNS int IMMUTABLE LANGUAGE remembers AS $$ BEGIN RETURN $1 + $2; END $$;
CREATE AGGREGATE languages._total(int) (SFUNC = languages._step, STYPE = int, INITCOND = '0');
CREATE OPERATOR languages.<+> (FUNCTION = languages._step, LEFTARG = int, RIGHTARG = int);
CREATE PROCEDURE languages._procedure() LANGUAGE remembers AS $$ BEGIN END $$;
CREATE FUNCTION languages._between() RETURNS int STABLE LANGUAGE sql AS 'SELECT languages.direct()';
CREATE FUNCTION languages.deep() RETURNS int STABLE LANGUAGE sql AS 'SELECT max(x) FROM (SELECT languages._between() AS x) s';
CREATE FUNCTION languages.from_rows() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT r FROM languages._rows() r ORDER BY 1';
CREATE FUNCTION languages.by_operator() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1 OPERATOR(languages.<+>) 2';
CREATE FUNCTION languages.by_aggregate() RETURNS int STABLE LANGUAGE sql AS 'SELECT languages._total(x) FROM generate_series(1, 3) x';
-- what only a run can see
CREATE FUNCTION languages.dynamic() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN languages.direct(); END $$;
CREATE FUNCTION languages.executed() RETURNS int STABLE LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN EXECUTE 'SELECT r FROM languages._rows() r' INTO n; RETURN n; END $$;
CREATE FUNCTION languages.folded() RETURNS int STABLE LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN SELECT languages._fixed() + 1 INTO n; RETURN n; END $$;
CREATE FUNCTION languages.summed() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT languages._total(x) FROM generate_series(1, 3) x); END $$;
CREATE FUNCTION languages.operated() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1 OPERATOR(languages.<+>) 2; END $$;
CREATE FUNCTION languages.caught() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN languages.direct(); EXCEPTION WHEN OTHERS THEN RETURN -1; END $$;
CREATE FUNCTION languages.calling() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CALL languages._procedure(); RETURN 1; END $$;
CREATE FUNCTION languages.adding() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN languages.writes(); END $$;
CREATE FUNCTION languages.guarded() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION languages._ask(function text, guard bool DEFAULT false) RETURNS TABLE (value text, sqlstate text, message text) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'sqlstate', error::jsonb ->> 'message'
    FROM freshet.run_queries(format('[{"path":"languages.%s","guard":%s}]', function, guard::text)) WHERE ordinal = 1 $$;
\set begin 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
-- refused, with the remedy
\set VERBOSITY default
SELECT freshet.expose('languages.direct', public => true, superuser => 'allow');
SELECT freshet.expose('languages.deep', public => true, superuser => 'allow');
\set VERBOSITY terse
SELECT freshet.expose('languages.writes', public => true, superuser => 'allow');
SELECT freshet.expose('languages.from_rows', public => true, superuser => 'allow');
SELECT freshet.expose('languages.by_operator', public => true, superuser => 'allow');
-- not seen in a body that is opaque, and stopped in the run
SELECT freshet.expose('languages.' || f, public => true, superuser => 'allow') FROM unnest('{by_aggregate,dynamic,executed,folded,summed,operated,caught,calling,adding}'::text[]) f;
SELECT freshet.expose('languages.guarded', guard => 'languages.dynamic() = 1', superuser => 'allow');
:begin
SELECT f, a.* FROM unnest('{by_aggregate,dynamic,executed,folded,summed,operated,caught}'::text[]) f, LATERAL languages._ask(f) a;
SELECT * FROM languages._ask('guarded', true);
-- and in every later one of the session
SELECT f, a.* FROM unnest('{dynamic,operated}'::text[]) f, LATERAL languages._ask(f) a;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb ->> 'message' AS message FROM freshet.call(NULL, NULL, '', 'languages.calling', '{}', NULL);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb ->> 'message' AS message FROM freshet.call(NULL, NULL, '', 'languages.adding', '{}', NULL);
ROLLBACK;
-- outside of a run nobody is asked
SELECT languages.dynamic();
-- said to keep nothing
SET freshet.stateless_languages = 'plpgsql, "remembers"';
SELECT freshet.expose('languages.direct', public => true, superuser => 'allow');
:begin
SELECT f, a.* FROM unnest('{direct,dynamic,executed,folded,summed,operated,caught}'::text[]) f, LATERAL languages._ask(f) a;
SELECT * FROM languages._ask('guarded', true);
COMMIT;
SET freshet.stateless_languages = '"';
-- PL/pgSQL can be taken out, and a language that is exposed already is stopped from then on
SET freshet.stateless_languages = '';
:begin
SELECT f, a.* FROM unnest('{direct,dynamic}'::text[]) f, LATERAL languages._ask(f) a;
COMMIT;
RESET freshet.stateless_languages;
-- who may not lift other bounds may not lift this one
CREATE ROLE regress_languages;
SET ROLE regress_languages;
SET freshet.stateless_languages = 'plpgsql, remembers';
RESET ROLE;
DROP ROLE regress_languages;
DELETE FROM freshet.exposed;
DROP SCHEMA languages CASCADE;
DROP LANGUAGE remembers;
