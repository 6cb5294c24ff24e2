-- The planner asks STABLE functions only for an estimate: what they read of the identity is no part of the plan, which is kept and shared.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_estimates_owner;
CREATE SCHEMA est AUTHORIZATION regress_estimates_owner;
SET ROLE regress_estimates_owner;
SET search_path = est;
CREATE TABLE note (id int PRIMARY KEY, owner text NOT NULL, body text NOT NULL);
INSERT INTO note SELECT i, CASE WHEN i % 2 = 0 THEN 'alice' ELSE 'bob' END, 'n' || i FROM generate_series(1, 4) i;
ANALYZE note;
-- helpers that are not inlined; each call is told
CREATE FUNCTION _me() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'asked'; RETURN freshet.user_id(); END $$;
CREATE FUNCTION _me_definer() RETURNS text STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT freshet.user_id()';
CREATE FUNCTION _me_set() RETURNS text STABLE SET work_mem = '1MB' LANGUAGE sql AS 'SELECT freshet.user_id()';
CREATE FUNCTION _me_lower() RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE v text := freshet.user_id(); BEGIN RETURN lower(v); END $$;
CREATE FUNCTION _kind() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 'n'; END $$;
CREATE FUNCTION _liar() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ DECLARE v text; BEGIN EXECUTE 'SELECT fresh' || 'et.user_id()' INTO v; RETURN v; END $$;
CREATE FUNCTION _me_liar() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN est._liar(); END $$;
CREATE FUNCTION _liar_of_helper() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ DECLARE v text; BEGIN EXECUTE 'SELECT est._me_' || 'set()' INTO v; RETURN v; END $$;
CREATE FUNCTION by_helper() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._me()';
CREATE FUNCTION by_definer() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._me_definer()';
CREATE FUNCTION by_set() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._me_set()';
CREATE FUNCTION by_lower() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._me_lower()';
CREATE FUNCTION beside_constant() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE body > est._kind() AND owner = est._me()';
CREATE FUNCTION by_nested_liar() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._me_liar()';
CREATE FUNCTION by_liar_of_helper() RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT body FROM note WHERE owner = est._liar_of_helper()';
CREATE FUNCTION in_plpgsql() RETURNS SETOF text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT body FROM note WHERE owner = est._me(); END $$;
SELECT count(*) FROM freshet.expose_module('est', public => true);
RESET ROLE;
CREATE FUNCTION est._ask(function text, who text) RETURNS TABLE (value text, error text, claims jsonb) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'message', claims::jsonb
    FROM freshet.run_queries(format('[{"path":"est.%s","identity":{"sub":"%s","role":"x"}}]', function, who)) WHERE ordinal = 1 $$;
SET client_min_messages = notice;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- asked once for each row, and once more at the first call, by the planner: whoever asks next is given the kept plan
SELECT * FROM est._ask('by_helper', 'alice');
SELECT * FROM est._ask('by_helper', 'bob');
SELECT * FROM est._ask('by_helper', 'alice');
SELECT * FROM est._ask('in_plpgsql', 'alice');
SELECT * FROM est._ask('in_plpgsql', 'bob');
SELECT * FROM est._ask('by_definer', 'alice');
SELECT * FROM est._ask('by_definer', 'bob');
SELECT * FROM est._ask('by_set', 'alice');
SELECT * FROM est._ask('by_set', 'bob');
SELECT * FROM est._ask('by_lower', 'alice');
SELECT * FROM est._ask('by_lower', 'bob');
-- a constant of the application that was folded before has nothing to do with it
SELECT * FROM est._ask('beside_constant', 'alice');
SELECT * FROM est._ask('beside_constant', 'bob');
SELECT * FROM est._ask('beside_constant', 'alice');
-- none of these made another plan than its own
SELECT * FROM est._ask('by_helper', 'bob');
-- an IMMUTABLE function below a helper, or above one, may be folded all the same
SELECT * FROM est._ask('by_nested_liar', 'alice');
SELECT * FROM est._ask('by_nested_liar', 'bob');
SELECT * FROM est._ask('by_liar_of_helper', 'alice');
SELECT * FROM est._ask('by_liar_of_helper', 'bob');
SELECT * FROM est._ask('by_liar_of_helper', 'alice');
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA est CASCADE;
DROP ROLE regress_estimates_owner;
