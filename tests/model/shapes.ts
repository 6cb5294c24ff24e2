/** The live queries of the model test: one per way in which a result can depend on rows. */
import type { Random } from '../harness/random.ts';

export interface Shape {
  name: string;
  /** SQL parameters, as in CREATE FUNCTION. */
  parameters?: string;
  returns: string;
  body: string;
  language?: 'sql' | 'plpgsql';
  guard?: string;
  args?: (random: Random) => Record<string, unknown>;
}

const kind = (random: Random): Record<string, unknown> => ({ kind: random.pick(['a', 'b', 'c', 'd', 'e']) });
const who = (random: Random): Record<string, unknown> => ({ who: random.between(1, 14) });
const low = (random: Random): Record<string, unknown> => ({ low: random.between(-5, 25) });
const team = (random: Random): Record<string, unknown> => ({ team: random.between(1, 3) });
const trap = (values: string[]) => (random: Random): Record<string, unknown> => ({ x: random.pick(values) });
const k = (random: Random): Record<string, unknown> => ({ k: random.between(0, 10) });

export const shapes: Shape[] = [
  { name: 'marker', returns: 'int', body: 'SELECT n FROM app.marker WHERE id = 1' },
  // one table: key, equality, range, IN, NULL, LIKE, expression, columns
  { name: 'by_key', parameters: 'who int', returns: 'TABLE (name text, score numeric)', args: who, body: 'SELECT p.name::text, p.score FROM app.person p WHERE p.id = who' },
  { name: 'by_kind', parameters: 'kind text', returns: 'TABLE (id int, qty int, price numeric)', args: kind, body: 'SELECT i.id, i.qty, i.price FROM app.item i WHERE i.kind = by_kind.kind ORDER BY i.id' },
  { name: 'by_citext', parameters: 'name text', returns: 'TABLE (id int, spelled text)', args: (random) => ({ name: random.pick(['NAME1', 'name2', 'Name3', 'x']) }), body: 'SELECT p.id, p.name::text FROM app.person p WHERE p.name = by_citext.name::citext ORDER BY p.id' },
  { name: 'by_price', parameters: 'price numeric', returns: 'TABLE (id int, price text)', args: (random) => ({ price: random.pick(['1.1', '2.20', '3.3', '5']) }), body: 'SELECT i.id, i.price::text FROM app.item i WHERE i.price = by_price.price ORDER BY i.id' },
  { name: 'in_list', returns: 'TABLE (id int, kind text)', body: `SELECT i.id, i.kind FROM app.item i WHERE i.kind IN ('a', 'e') ORDER BY i.id` },
  { name: 'any_array', parameters: 'ids int[]', returns: 'TABLE (id int, qty int)', args: (random) => ({ ids: [random.between(1, 70), random.between(1, 70), random.between(1, 70)] }), body: 'SELECT i.id, i.qty FROM app.item i WHERE i.id = ANY (ids) ORDER BY i.id' },
  { name: 'range', parameters: 'low int', returns: 'TABLE (id int, qty int)', args: low, body: 'SELECT i.id, i.qty FROM app.item i WHERE i.qty >= low AND i.qty < low + 5 ORDER BY i.qty, i.id' },
  { name: 'nulls', returns: 'TABLE (id int)', body: 'SELECT i.id FROM app.item i WHERE i.owner IS NULL OR i.price IS NULL ORDER BY i.id' },
  { name: 'prefix', parameters: 'kind text', returns: 'bigint', args: kind, body: `SELECT count(*) FROM app.item i WHERE i.kind LIKE prefix.kind || '%'` },
  { name: 'generated', parameters: 'low int', returns: 'TABLE (id int, doubled int)', args: low, body: 'SELECT i.id, i.doubled FROM app.item i WHERE i.doubled > 2 * low ORDER BY i.id' },
  { name: 'toasted', parameters: 'kind text', returns: 'TABLE (id int, size int, digest text)', args: kind, body: 'SELECT i.id, length(i.big), md5(i.big) FROM app.item i WHERE i.kind = toasted.kind AND i.big IS NOT NULL ORDER BY i.id' },
  { name: 'arrays', parameters: 'tag text', returns: 'TABLE (id int, tags text[])', args: (random) => ({ tag: `t${random.below(6)}` }), body: 'SELECT i.id, i.tags FROM app.item i WHERE i.tags @> ARRAY[tag] ORDER BY i.id' },
  { name: 'documents', parameters: 'k int', returns: 'TABLE (id int, meta jsonb)', args: k, body: `SELECT i.id, i.meta FROM app.item i WHERE (i.meta ->> 'k')::int = documents.k ORDER BY i.id` },
  { name: 'whole_row', parameters: 'who int', returns: 'jsonb', args: who, body: 'SELECT to_jsonb(p) FROM app.person p WHERE p.id = who' },
  // LIMIT, DISTINCT, sets
  { name: 'first_five', returns: 'TABLE (id int, qty int)', body: 'SELECT i.id, i.qty FROM app.item i ORDER BY i.qty DESC, i.id LIMIT 5' },
  { name: 'second_page', parameters: 'kind text', returns: 'TABLE (id int)', args: kind, body: 'SELECT i.id FROM app.item i WHERE i.kind = second_page.kind ORDER BY i.id OFFSET 3 LIMIT 4' },
  { name: 'kinds', returns: 'TABLE (kind text)', body: 'SELECT DISTINCT i.kind FROM app.item i ORDER BY 1' },
  { name: 'latest_each', returns: 'TABLE (kind text, id int)', body: 'SELECT DISTINCT ON (i.kind) i.kind, i.id FROM app.item i ORDER BY i.kind, i.qty DESC, i.id' },
  { name: 'set_operations', returns: 'TABLE (id int)', body: `SELECT i.id FROM app.item i WHERE i.kind = 'a' UNION SELECT p.id FROM app.person p EXCEPT SELECT l.a FROM app.link l WHERE l.weight > 3 ORDER BY 1` },
  // joins and subqueries
  { name: 'joined', parameters: 'who int', returns: 'TABLE (id int, kind text, name text)', args: who, body: 'SELECT i.id, i.kind, p.name::text FROM app.item i JOIN app.person p ON p.id = i.owner WHERE p.id = who ORDER BY i.id' },
  { name: 'outer', returns: 'TABLE (id int, items bigint)', body: 'SELECT p.id, count(i.id) FROM app.person p LEFT JOIN app.item i ON i.owner = p.id AND i.qty > 3 GROUP BY p.id ORDER BY p.id' },
  { name: 'full_outer', returns: 'TABLE (a int, b int)', body: 'SELECT p.id, l.b FROM app.person p FULL JOIN app.link l ON l.a = p.id ORDER BY 1 NULLS LAST, 2 NULLS LAST' },
  { name: 'anti', returns: 'TABLE (id int)', body: 'SELECT p.id FROM app.person p WHERE NOT EXISTS (SELECT FROM app.item i WHERE i.owner = p.id) ORDER BY 1' },
  { name: 'scalar_subquery', returns: 'TABLE (id int, n bigint)', body: 'SELECT p.id, (SELECT count(*) FROM app.item i WHERE i.owner = p.id AND i.kind = $q$a$q$) FROM app.person p ORDER BY 1' },
  { name: 'lateral', returns: 'TABLE (id int, best int)', body: 'SELECT p.id, x.id FROM app.person p, LATERAL (SELECT i.id FROM app.item i WHERE i.owner = p.id ORDER BY i.qty DESC, i.id LIMIT 1) x ORDER BY 1' },
  { name: 'self_join', returns: 'TABLE (a int, c int)', body: 'SELECT x.a, y.b FROM app.link x JOIN app.link y ON y.a = x.b ORDER BY 1, 2' },
  { name: 'through_view', parameters: 'kind text', returns: 'TABLE (id int, name text)', args: kind, body: 'SELECT o.id, o.name::text FROM app.owned o WHERE o.kind = through_view.kind ORDER BY o.id' },
  // aggregates, windows, recursion
  { name: 'sums', returns: 'TABLE (kind text, n bigint, total numeric, most int)', body: 'SELECT i.kind, count(*), sum(i.price), max(i.qty) FROM app.item i GROUP BY i.kind HAVING count(*) > 1 ORDER BY 1' },
  { name: 'empty_aggregate', parameters: 'kind text', returns: 'TABLE (n bigint, most int)', args: kind, body: 'SELECT count(*), max(i.qty) FROM app.item i WHERE i.kind = empty_aggregate.kind' },
  { name: 'grouping', returns: 'TABLE (kind text, owner int, n bigint)', body: 'SELECT i.kind, i.owner, count(*) FROM app.item i GROUP BY ROLLUP (i.kind, i.owner) ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3' },
  { name: 'ranked', parameters: 'kind text', returns: 'TABLE (id int, place bigint, before int)', args: kind, body: 'SELECT i.id, row_number() OVER w, lag(i.qty) OVER w FROM app.item i WHERE i.kind = ranked.kind WINDOW w AS (ORDER BY i.qty, i.id) ORDER BY 2' },
  { name: 'cte', returns: 'TABLE (team int, score numeric)', body: 'WITH t AS MATERIALIZED (SELECT p.team, sum(p.score) s FROM app.person p GROUP BY p.team) SELECT t.team, t.s FROM t WHERE t.s > 5 ORDER BY 1 NULLS LAST' },
  { name: 'recursive', parameters: 'who int', returns: 'TABLE (id int, depth int)', args: who, body: 'WITH RECURSIVE r AS (SELECT t.id, 0 AS depth FROM app.tree t WHERE t.id = who UNION ALL SELECT t.id, r.depth + 1 FROM app.tree t JOIN r ON t.parent = r.id WHERE r.depth < 10) SELECT r.id, r.depth FROM r ORDER BY 2, 1' },
  { name: 'json_tree', parameters: 'who int', returns: 'jsonb', args: who, body: `SELECT jsonb_build_object('id', p.id, 'items', coalesce((SELECT jsonb_agg(jsonb_build_object('id', i.id, 'qty', i.qty) ORDER BY i.id) FROM app.item i WHERE i.owner = p.id), '[]')) FROM app.person p WHERE p.id = who` },
  // replica identities, partitions, inheritance, triggers
  { name: 'heap', parameters: 'k int', returns: 'TABLE (v text)', args: k, body: 'SELECT h.v FROM app.heap h WHERE h.k = heap.k ORDER BY 1' },
  { name: 'full_row', parameters: 'k int', returns: 'TABLE (v text)', args: k, body: 'SELECT f.v FROM app.full_row f WHERE f.k = full_row.k ORDER BY 1' },
  { name: 'no_identity', parameters: 'k int', returns: 'TABLE (v text)', args: k, body: 'SELECT n.v FROM app.no_identity n WHERE n.k = no_identity.k' },
  { name: 'by_index', parameters: 'k int', returns: 'TABLE (u int, v text)', args: k, body: 'SELECT b.u, b.v FROM app.by_index b WHERE b.k = by_index.k ORDER BY 1' },
  { name: 'partitioned', parameters: 'region text', returns: 'TABLE (id int, amount int)', args: (random) => ({ region: random.pick(['north', 'south', 'east', 'west']) }), body: 'SELECT p.id, p.amount FROM app.part p WHERE p.region = partitioned.region ORDER BY 1' },
  { name: 'all_partitions', returns: 'TABLE (region text, total bigint)', body: 'SELECT p.region, sum(p.amount) FROM app.part p GROUP BY 1 ORDER BY 1' },
  { name: 'one_partition', returns: 'bigint', body: 'SELECT coalesce(sum(p.amount), 0)::bigint FROM app.part_south_low p' },
  { name: 'inherited', parameters: 'low int', returns: 'TABLE (id int, v int)', args: low, body: 'SELECT b.id, b.v FROM app.base b WHERE b.v > low ORDER BY 1, 2' },
  { name: 'audited', returns: 'TABLE (what text, n bigint)', body: 'SELECT a.what, count(*) FROM app.audit a GROUP BY 1 ORDER BY 1' },
  // identity, guards, procedural bodies
  { name: 'secrets', returns: 'TABLE (id int, body text)', body: 'SELECT s.id, s.body FROM app.secret s ORDER BY 1' },
  { name: 'greeting', returns: 'text', body: `SELECT coalesce(freshet.user_id(), 'nobody') || ' of ' || (SELECT count(*) FROM app.person)` },
  { name: 'guarded', parameters: 'who int', returns: 'TABLE (id int)', args: who, guard: 'app.require_person(who)', body: 'SELECT i.id FROM app.item i WHERE i.owner = who ORDER BY 1' },
  { name: 'branching', parameters: 'who int', returns: 'TABLE (id int, qty int)', language: 'plpgsql', args: who, body: `
      DECLARE t int;
      BEGIN
        SELECT p.team INTO t FROM app.person p WHERE p.id = who;
        IF t IS NULL OR t % 2 = 0 THEN
          RETURN QUERY SELECT i.id, i.qty FROM app.item i WHERE i.owner = who ORDER BY i.id;
        ELSE
          RETURN QUERY SELECT l.a, l.weight FROM app.link l WHERE l.b = who ORDER BY l.a;
        END IF;
      END` },
  { name: 'looping', parameters: 'kind text', returns: 'bigint', language: 'plpgsql', args: kind, body: `
      DECLARE r record; total bigint := 0;
      BEGIN
        FOR r IN SELECT i.owner, i.qty FROM app.item i WHERE i.kind = looping.kind LOOP
          total := total + r.qty + coalesce((SELECT p.team FROM app.person p WHERE p.id = r.owner), 0);
        END LOOP;
        RETURN total;
      END` },
  { name: 'dynamic', parameters: 'k int', returns: 'bigint', language: 'plpgsql', args: k, body: `
      DECLARE n bigint; m bigint := 0;
      BEGIN
        EXECUTE format('SELECT count(*) FROM app.%I WHERE k = $1', CASE WHEN k % 2 = 0 THEN 'heap' ELSE 'full_row' END) INTO n USING k;
        BEGIN
          SELECT 1 / count(*) INTO m FROM app.no_identity x WHERE x.k = dynamic.k;
        EXCEPTION WHEN division_by_zero THEN m := -1;
        END;
        RETURN n * 10 + m;
      END` },
  // what the caller is, in every place that it can stand
  { name: 'mine', returns: 'TABLE (id int, body text)', body: 'SELECT n.id, n.body FROM app.note n WHERE n.author = freshet.user_id() ORDER BY n.id' },
  { name: 'mine_of_team', parameters: 'low int', returns: 'TABLE (id int, stars int)', args: low, body: `SELECT n.id, n.stars FROM app.note n WHERE n.team = freshet.claim('team')::int AND n.stars > low ORDER BY n.stars DESC, n.id LIMIT 4` },
  { name: 'mine_procedural', parameters: 'low int', returns: 'TABLE (id int, stars int)', language: 'plpgsql', args: low, body: `
      DECLARE me text := freshet.user_id();
      BEGIN
        IF me IS NULL THEN RETURN QUERY SELECT n.id, 0 FROM app.note n WHERE n.team = 1 ORDER BY n.id; RETURN; END IF;
        RETURN QUERY SELECT n.id, n.stars FROM app.note n WHERE n.author = me AND n.stars >= low ORDER BY n.id;
      END` },
  // whether the caller matters depends on the data
  { name: 'sometimes_mine', parameters: 'team int', returns: 'bigint', language: 'plpgsql', args: team, body: `
      BEGIN
        IF EXISTS (SELECT FROM app.membership m WHERE m.team = sometimes_mine.team AND m.private) THEN
          RETURN (SELECT count(*) FROM app.note n WHERE n.team = sometimes_mine.team AND n.author = freshet.user_id());
        END IF;
        RETURN (SELECT count(*) FROM app.note n WHERE n.team = sometimes_mine.team);
      END` },
  { name: 'of_team', parameters: 'team int', returns: 'TABLE (id int, author text, body text)', args: team, guard: 'app.require_member(team)', body: 'SELECT n.id, n.author, n.body FROM app.note n WHERE n.team = of_team.team ORDER BY n.id' },
  { name: 'secret_count', parameters: 'low int', returns: 'bigint', args: low, guard: `app.require_member(freshet.claim('team')::int)`, body: 'SELECT count(*) FROM app.secret s WHERE s.id > low' },
  { name: 'whoever', returns: 'jsonb', body: `SELECT jsonb_build_object('me', freshet.identity() ->> 'sub', 'notes', (SELECT count(*) FROM app.note n WHERE n.stars > 5))` },
  // text search, documents, ranges, arrays
  { name: 'searched', parameters: 'word text', returns: 'TABLE (id int, body text)', args: (random) => ({ word: random.pick(['red', 'green', 'blue', 'red & !blue']) }), body: `SELECT n.id, n.body FROM app.note n WHERE n.words @@ to_tsquery('simple', word) ORDER BY n.id` },
  { name: 'contained', parameters: 'k int', returns: 'TABLE (id int)', args: k, body: `SELECT i.id FROM app.item i WHERE i.meta @> jsonb_build_object('k', contained.k) ORDER BY 1` },
  { name: 'unnested', returns: 'TABLE (tag text, n bigint)', body: 'SELECT t.tag, count(*) FROM app.item i CROSS JOIN LATERAL unnest(i.tags) AS t(tag) GROUP BY 1 ORDER BY 1' },
  { name: 'booked', parameters: 'low int', returns: 'TABLE (id int, room int)', args: low, body: 'SELECT b.id, b.room FROM app.booking b WHERE b.during && int4range(low, low + 6) ORDER BY 1' },
  // windows of a LIMIT
  { name: 'after_key', parameters: 'low int', returns: 'TABLE (id int, qty int)', args: low, body: 'SELECT i.id, i.qty FROM app.item i WHERE (i.qty, i.id) > (low, 20) ORDER BY i.qty, i.id LIMIT 6' },
  { name: 'top_of_kind', parameters: 'kind text, most int', returns: 'TABLE (id int, qty int)', args: (random) => ({ ...kind(random), most: random.between(0, 5) }), body: 'SELECT i.id, i.qty FROM app.item i WHERE i.kind = top_of_kind.kind ORDER BY i.qty DESC NULLS LAST, i.id LIMIT most' },
  { name: 'with_ties', returns: 'TABLE (id int, stars int)', body: 'SELECT x.id, x.stars FROM (SELECT n.id, n.stars FROM app.note n ORDER BY n.stars DESC FETCH FIRST 3 ROWS WITH TIES) x ORDER BY 2 DESC, 1' },
  { name: 'top_each', parameters: 'low int', returns: 'TABLE (team int, id int)', args: low, body: 'SELECT t.team, x.id FROM generate_series(1, 3) t(team) CROSS JOIN LATERAL (SELECT n.id FROM app.note n WHERE n.team = t.team AND n.stars > low - 5 ORDER BY n.stars DESC, n.id LIMIT 2) x ORDER BY 1, 2' },
  { name: 'newest_of_parts', returns: 'TABLE (id int, region text)', body: 'SELECT p.id, p.region FROM app.part p ORDER BY p.id DESC, p.region LIMIT 4' },
  // aggregates, set operations, views, nested calls
  { name: 'filtered', returns: 'TABLE (team int, starred bigint, sum bigint)', body: 'SELECT n.team, count(*) FILTER (WHERE n.stars > 3), coalesce(sum(n.stars) FILTER (WHERE n.author IS NOT NULL), 0) FROM app.note n GROUP BY n.team ORDER BY 1' },
  { name: 'intersection', returns: 'TABLE (id int)', body: 'SELECT p.id FROM app.person p INTERSECT SELECT i.owner FROM app.item i WHERE i.qty > 5 EXCEPT ALL SELECT l.b FROM app.link l WHERE l.weight = 0 ORDER BY 1' },
  { name: 'guarded_view', parameters: 'team int', returns: 'TABLE (id int, body text)', args: team, body: 'SELECT v.id, v.body FROM app.starred v WHERE v.team = guarded_view.team ORDER BY 1' },
  { name: 'materialized', returns: 'TABLE (team int, n bigint)', body: 'SELECT t.team, t.n FROM app.tally t ORDER BY 1' },
  { name: 'nested', parameters: 'who int', returns: 'TABLE (id int, depth int)', args: who, body: 'SELECT p.id, app.depth_of(p.id) FROM app.person p WHERE p.id BETWEEN who AND who + 2 ORDER BY 1' },
  { name: 'first_match', parameters: 'low int', returns: 'SETOF int', language: 'plpgsql', args: low, body: `
      DECLARE r record; found_so_far int := 0;
      BEGIN
        FOR r IN SELECT i.id, i.qty FROM app.item i ORDER BY i.id LOOP
          IF r.qty > low THEN RETURN NEXT r.id; found_so_far := found_so_far + 1; END IF;
          EXIT WHEN found_so_far = 3;
        END LOOP;
      END` },
  // values that are equal and not the same, or the other way round
  { name: 'trap_char', parameters: 'x text', returns: 'TABLE (id int, c text)', args: trap(['a', 'a ', 'ab', 'A']), body: 'SELECT t.id, t.c::text FROM app.trap t WHERE t.c = x::char(3) ORDER BY 1' },
  { name: 'trap_float', parameters: 'x text', returns: 'TABLE (id int, f text)', args: trap(['0', '-0', 'NaN', '1.5']), body: 'SELECT t.id, t.f::text FROM app.trap t WHERE t.f = x::float8 ORDER BY 1' },
  { name: 'trap_above', parameters: 'x text', returns: 'TABLE (id int, f text)', args: trap(['0', '-0', '1', 'Infinity']), body: 'SELECT t.id, t.f::text FROM app.trap t WHERE t.f >= x::float8 ORDER BY t.f, t.id' },
  { name: 'trap_interval', parameters: 'x text', returns: 'TABLE (id int, i text)', args: trap(['1 day', '24 hours', '1 mon', '30 days']), body: 'SELECT t.id, t.i::text FROM app.trap t WHERE t.i = x::interval ORDER BY 1' },
  { name: 'trap_enum', parameters: 'x text', returns: 'TABLE (id int, e text)', args: trap(['low', 'mid', 'high']), body: 'SELECT t.id, t.e::text FROM app.trap t WHERE t.e >= x::app.level ORDER BY t.e, t.id' },
  { name: 'trap_jsonb', parameters: 'x text', returns: 'TABLE (id int, j text)', args: trap(['{"a": 1}', '{"a": 1.0}', '[]', 'null']), body: 'SELECT t.id, t.j::text FROM app.trap t WHERE t.j = x::jsonb ORDER BY 1' },
  { name: 'trap_null', returns: 'TABLE (id int)', body: 'SELECT t.id FROM app.trap t WHERE (t.f IS NULL) <> (t.i IS NULL) OR t.c IS NOT DISTINCT FROM NULL ORDER BY 1' },
];

export function createShape(shape: Shape): string {
  return `CREATE OR REPLACE FUNCTION m.${shape.name}(${shape.parameters ?? ''}) RETURNS ${shape.returns} STABLE
    LANGUAGE ${shape.language ?? 'sql'} AS $body$ ${shape.body} $body$;`;
}

export function exposeShape(shape: Shape): string {
  const access = shape.guard === undefined ? 'public => true' : `guard => $guard$${shape.guard}$guard$`;
  return `SELECT freshet.expose('m.${shape.name}', ${access});`;
}
