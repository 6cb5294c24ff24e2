-- What would save work, from calls that gateways told of.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_advised;
CREATE SCHEMA shop AUTHORIZATION regress_advised;
SET ROLE regress_advised;
SET search_path = shop;
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text);
CREATE TABLE sale (id int NOT NULL, customer int NOT NULL, day date NOT NULL, amount numeric);
CREATE UNIQUE INDEX sale_number ON sale (id);
CREATE TABLE visit (customer int, at timestamptz);
CREATE UNLOGGED TABLE cart (customer int, item text);
INSERT INTO customer SELECT i, 'customer ' || i, 'C' || i || '@x' FROM generate_series(1, 400) i;
INSERT INTO sale SELECT i, i % 400 + 1, '2024-01-01'::date + i % 30, i FROM generate_series(1, 2000) i;
INSERT INTO visit SELECT i % 400 + 1, '2024-01-01' FROM generate_series(1, 50) i;
ANALYZE customer, sale, visit;
CREATE FUNCTION sales(of int) RETURNS TABLE (id int, amount numeric) STABLE LANGUAGE sql AS
  $$ SELECT s.id, s.amount FROM shop.sale s WHERE s.customer = of AND s.day >= '2024-01-02' ORDER BY s.id $$;
CREATE FUNCTION by_email(email text) RETURNS TABLE (id int) STABLE LANGUAGE sql AS
  $$ SELECT c.id FROM shop.customer c WHERE lower(c.email) = lower(by_email.email) $$;
CREATE FUNCTION everybody() RETURNS TABLE (id int, name text) STABLE LANGUAGE sql AS $$ SELECT c.id, c.name FROM shop.customer c ORDER BY c.id $$;
CREATE FUNCTION page(nr int) RETURNS TABLE (id int) STABLE LANGUAGE sql AS $$ SELECT c.id FROM shop.customer c ORDER BY c.id OFFSET nr * 10 LIMIT 10 $$;
CREATE FUNCTION few() RETURNS TABLE (customer int) STABLE LANGUAGE sql AS $$ SELECT v.customer FROM shop.visit v LIMIT 3 $$;
CREATE FUNCTION totals() RETURNS TABLE (id int, total numeric) STABLE LANGUAGE plpgsql AS $$
BEGIN
  FOR id IN SELECT c.id FROM shop.customer c ORDER BY c.id LIMIT 20 LOOP
    SELECT sum(s.amount) INTO total FROM shop.sale s WHERE s.customer = totals.id;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE FUNCTION turnover() RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT sum(s.amount) FROM shop.sale s $$;
CREATE FUNCTION recent() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM shop.customer c WHERE now() > '2024-01-01' AND current_setting('TimeZone') <> '' $$;
CREATE FUNCTION carts(of int) RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM shop.cart c WHERE c.customer = of $$;
CREATE FUNCTION mine() RETURNS TABLE (id int) STABLE LANGUAGE sql AS $$ SELECT c.id FROM shop.customer c WHERE c.id = freshet.user_id()::int $$;
CREATE FUNCTION breaks() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 / (count(*)::int - 400) FROM shop.customer $$;
CREATE FUNCTION fine(of int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT c.name FROM shop.customer c WHERE c.id = of $$;
SELECT freshet.expose_module('shop', public => true) IS NOT NULL AS exposed FROM generate_series(1, 1);
RESET ROLE;
RESET search_path;

-- what a gateway tells; a path that is not exposed is left out
SELECT freshet.note_calls('[
  {"path": "shop.sales", "args": {"of": 7}, "claims": {}, "runs": 60, "runs_useless": 58, "elapsed_ms": 120, "unknown": {}},
  {"path": "shop.by_email", "args": {"email": "c7@X"}, "claims": {}, "runs": 3, "runs_useless": 0, "elapsed_ms": 50, "unknown": {}},
  {"path": "shop.everybody", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 40, "unknown": {}},
  {"path": "shop.page", "args": {"nr": 3}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 30, "unknown": {}},
  {"path": "shop.few", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 20, "unknown": {}},
  {"path": "shop.totals", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 15, "unknown": {}},
  {"path": "shop.recent", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 14, "unknown": {}},
  {"path": "shop.carts", "args": {"of": 1}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 13, "unknown": {}},
  {"path": "shop.mine", "args": {}, "claims": {"sub": "7"}, "runs": 3, "runs_useless": 1, "elapsed_ms": 12, "unknown": {}},
  {"path": "shop.breaks", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 11, "unknown": {}},
  {"path": "shop.fine", "args": {"of": 1}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 10, "unknown": {}},
  {"path": "shop.gone", "args": {}, "claims": {}, "runs": 3, "runs_useless": 1, "elapsed_ms": 9, "unknown": {}}]');
SELECT path, runs, runs_useless FROM freshet.observed_call ORDER BY path;

SELECT path, kind, subject, observed FROM freshet.advise();
SELECT path, kind, statement FROM freshet.advise() WHERE statement IS NOT NULL;
-- a caller whose row is theirs: run with the claims that the gateway saw
SELECT freshet.observe('shop.mine', '{}', '{"sub": "7"}') -> 'value' AS mine, freshet.observe('shop.mine', '{}') -> 'error' ->> 'message' IS NULL AS nobody;

-- what is advised mends it
DO $$ DECLARE each text; BEGIN
  FOR each IN SELECT DISTINCT statement FROM freshet.advise() WHERE kind IN ('identity', 'index') LOOP EXECUTE each; END LOOP;
END $$;
ANALYZE shop.customer, shop.sale;
SELECT path, kind, subject FROM freshet.advise() WHERE kind IN ('identity', 'index');

-- a table whose key is known and whose rows are too many to keep prints of
SELECT freshet.note_calls(jsonb_build_array(jsonb_build_object('path', 'shop.turnover', 'args', '{}'::jsonb, 'claims', '{}'::jsonb, 'runs', 9,
  'runs_useless', 8, 'elapsed_ms', 1, 'unknown', jsonb_build_object('shop.sale'::regclass::oid::text, 5))));
SELECT subject, observed, statement FROM freshet.advise('shop.turnover') WHERE kind = 'identity';
ALTER TABLE shop.sale REPLICA IDENTITY FULL;
SELECT count(*) FROM freshet.advise('shop.turnover') WHERE kind = 'identity';
SET ROLE regress_advised;
SELECT * FROM freshet.advise();
SELECT * FROM freshet.observed_call;
RESET ROLE;
SELECT count(*) FROM (SELECT freshet.hide(path) FROM freshet.functions WHERE path LIKE 'shop.%') hidden;
SELECT freshet.note_calls('[]');
SELECT count(*) AS observed FROM freshet.observed_call;
DROP SCHEMA shop CASCADE;
DROP ROLE regress_advised;
