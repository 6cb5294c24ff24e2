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
];

export function createShape(shape: Shape): string {
  return `CREATE OR REPLACE FUNCTION m.${shape.name}(${shape.parameters ?? ''}) RETURNS ${shape.returns} STABLE
    LANGUAGE ${shape.language ?? 'sql'} AS $body$ ${shape.body} $body$;`;
}

export function exposeShape(shape: Shape): string {
  const access = shape.guard === undefined ? 'public => true' : `guard => '${shape.guard}'`;
  return `SELECT freshet.expose('m.${shape.name}', ${access});`;
}
