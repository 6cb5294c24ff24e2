-- Functions that the shapes call, and the bracket of a tracked run.
SET search_path = fuzz, public;

CREATE FUNCTION pl_loop(ch int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE total int := 0; r record;
BEGIN
  FOR r IN SELECT * FROM fuzz.message WHERE channel_id = ch ORDER BY seq, id LOOP
    total := total + coalesce(r.author, 0);
    EXIT WHEN total > 4;
  END LOOP;
  RETURN total;
END $$;
CREATE FUNCTION pl_cursor(ch int, steps int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE c SCROLL CURSOR FOR SELECT id, seq FROM fuzz.message WHERE channel_id = ch ORDER BY seq, id; a record; b record;
BEGIN
  OPEN c;
  FOR i IN 0 .. coalesce(steps, 0) LOOP FETCH c INTO a; END LOOP;
  IF steps % 2 = 0 THEN FETCH PRIOR FROM c INTO b; END IF;
  IF steps = 3 THEN FETCH FIRST FROM c INTO b; END IF;
  IF steps = 5 THEN MOVE ABSOLUTE 2 FROM c; FETCH NEXT FROM c INTO b; END IF;
  CLOSE c;
  RETURN a::text || coalesce(b::text, '');
END $$;
CREATE FUNCTION pl_refcursor(ch int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE c refcursor; a record; seen text := '';
BEGIN
  OPEN c NO SCROLL FOR EXECUTE 'SELECT id, body FROM fuzz.message WHERE channel_id = $1 ORDER BY at DESC, id DESC' USING ch;
  LOOP
    FETCH c INTO a;
    EXIT WHEN NOT FOUND OR a.body IS NULL;
    seen := seen || a.id || a.body;
  END LOOP;
  RETURN seen;
END $$;
CREATE FUNCTION pl_branch(u int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE k int;
BEGIN
  SELECT kind INTO k FROM fuzz.channel WHERE id = u;
  IF k = 1 THEN RETURN (SELECT count(*) FROM fuzz.member WHERE channel_id = u);
  ELSIF k IS NULL THEN RETURN (SELECT string_agg(name, ',' ORDER BY id) FROM fuzz.channel WHERE kind = u % 3);
  END IF;
  RETURN (SELECT count(*) FROM fuzz.message WHERE author = u * 2 - u AND seq > k);
END $$;
CREATE FUNCTION pl_exception(ch int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE x int;
BEGIN
  BEGIN
    SELECT sum(10 / (seq - 3)) INTO x FROM fuzz.message WHERE channel_id = ch;
    RETURN x;
  EXCEPTION WHEN division_by_zero THEN
    RETURN (SELECT 'caught ' || count(*) FROM fuzz.member WHERE channel_id = ch);
  END;
END $$;
CREATE FUNCTION pl_nested_exception(ch int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE r record; seen text := '';
BEGIN
  FOR r IN SELECT id, kind FROM fuzz.channel WHERE id >= ch ORDER BY id LOOP
    BEGIN
      seen := seen || r.id || ':' || 6 / coalesce(r.kind, 1) || ';';
      PERFORM FROM fuzz.member WHERE channel_id = r.id;
      IF NOT FOUND THEN RAISE EXCEPTION 'nobody'; END IF;
    EXCEPTION
      WHEN division_by_zero THEN seen := seen || 'zero;';
      WHEN raise_exception THEN seen := seen || (SELECT count(*) FROM fuzz.message WHERE channel_id = r.id) || ';';
    END;
  END LOOP;
  RETURN seen;
END $$;
CREATE FUNCTION pl_dynamic(t text, ch int) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT body FROM fuzz.%I WHERE channel_id = $1 AND seq BETWEEN 1 AND 3', t) USING ch;
END $$;
CREATE FUNCTION pl_strict(ch int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE x bigint;
BEGIN
  SELECT id INTO STRICT x FROM fuzz.message WHERE channel_id = ch AND pinned;
  RETURN x;
EXCEPTION WHEN no_data_found THEN RETURN 'none'; WHEN too_many_rows THEN RETURN 'many';
END $$;
CREATE FUNCTION pl_while(start int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE at int := start; path text := ''; steps int := 0;
BEGIN
  WHILE at IS NOT NULL AND steps < 6 LOOP
    path := path || at || '/';
    SELECT parent INTO at FROM fuzz.project WHERE id = at;
    steps := steps + 1;
  END LOOP;
  RETURN path;
END $$;
CREATE FUNCTION pl_found(ch int) RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM FROM fuzz.member WHERE channel_id = ch AND last_read > 2;
  RETURN FOUND;
END $$;
CREATE FUNCTION pl_arrays(us int[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE u int; seen text := '';
BEGIN
  FOREACH u IN ARRAY us LOOP
    seen := seen || coalesce((SELECT sum(last_read) FROM fuzz.member WHERE user_id = u)::text, '-') || ',';
  END LOOP;
  RETURN seen || (SELECT count(*) FROM fuzz.message WHERE author = ANY (us));
END $$;
CREATE FUNCTION pl_rows(ch int) RETURNS SETOF fuzz.message LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT * FROM fuzz.message m WHERE m.channel_id = ch;
  IF NOT FOUND THEN RETURN QUERY SELECT * FROM fuzz.message m WHERE m.author = ch; END IF;
END $$;
CREATE FUNCTION pl_rowtype(task_id int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE t fuzz.task%ROWTYPE;
BEGIN
  SELECT * INTO t FROM fuzz.task WHERE id = task_id;
  IF t.done THEN RETURN t.title; END IF;
  RETURN (SELECT p.name || t.rank FROM fuzz.project p WHERE p.id = t.project);
END $$;
CREATE FUNCTION sql_first(ch int) RETURNS text LANGUAGE sql STABLE SET search_path = fuzz AS
  'SELECT body FROM message WHERE channel_id = ch ORDER BY seq DESC NULLS LAST, id LIMIT 1';
CREATE FUNCTION sql_set(ch int) RETURNS SETOF fuzz.message LANGUAGE sql STABLE AS
  'SELECT * FROM fuzz.message WHERE channel_id = ch AND pinned IS NOT TRUE';
CREATE FUNCTION sql_nested(ch int) RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT count(*) FROM fuzz.sql_set(ch) s WHERE fuzz.pl_found(s.channel_id)';
CREATE FUNCTION sql_atomic(pr int) RETURNS TABLE (id int, labels bigint) LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT t.id, (SELECT count(*) FROM fuzz.label l WHERE l.task = t.id) FROM fuzz.task t WHERE t.project = pr;
END;

-- One tracked run: the rows as text, sorted unless their order is defined, and the read set. An error is a result. `looped`: a loop made the
-- rows, whose order is then part of what callers get, though SQL leaves it open; `taken` are the rows in that order.
CREATE FUNCTION track(query text, in_order bool, looped bool, OUT result text, OUT reads bytea, OUT taken text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fuzz.capture_start(decode(nullif(current_setting('fuzz.image_key', true), ''), 'hex'));
  BEGIN
    EXECUTE 'SELECT string_agg(x::text, E''\n''' || CASE WHEN in_order THEN '' ELSE ' ORDER BY x::text COLLATE "C"' END
      || ')' || CASE WHEN looped THEN ', string_agg(x::text, E''\n'')' ELSE ', NULL' END || ' FROM (' || query || ') x' INTO result, taken;
  EXCEPTION WHEN OTHERS THEN
    result := 'error ' || SQLSTATE;
  END;
  reads := fuzz.capture_finish();
END $$;

GRANT USAGE ON SCHEMA fuzz TO fuzz_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA fuzz TO fuzz_reader;
