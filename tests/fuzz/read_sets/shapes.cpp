#include "shapes.h"

namespace freshet::fuzz {

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kShapes = {
      {"key", "SELECT body FROM message WHERE id = {i}"},
      {"key", "SELECT * FROM message WHERE id IN ({i}, {i}, {i})"},
      {"key", "SELECT * FROM member WHERE user_id = {u} AND channel_id = {c}"},
      {"equality", "SELECT id, body FROM message WHERE channel_id = {c}"},
      {"equality", "SELECT id, body FROM message WHERE channel_id = {c} AND author = {u}"},
      {"equality", "SELECT id FROM message WHERE tag = {s}"},
      {"equality", "SELECT id FROM message WHERE score = {d}"},
      {"equality", "SELECT id, score FROM message WHERE score IN ({d}, {d})"},
      {"equality", "SELECT id FROM message WHERE channel_id = {n}::bigint"},
      {"equality", "SELECT id FROM message WHERE at = {t}"},
      {"range", "SELECT id FROM message WHERE seq < {n}"},
      {"range", "SELECT id, seq FROM message WHERE channel_id = {c} AND seq BETWEEN {n} AND {n}"},
      {"range", "SELECT id FROM message WHERE at >= {t} AND at < {t}"},
      {"range", "SELECT id, state FROM message WHERE state > {s}"},
      {"range", "SELECT id, body FROM message WHERE body > {s}"},
      {"range", "SELECT id FROM message WHERE (seq, id) < ({n}, {i})"},
      {"range", "SELECT id FROM message WHERE (channel_id, seq) >= ({n}, {n})"},
      {"range", "SELECT id FROM message WHERE score <= {d}"},
      {"range", "SELECT id FROM message WHERE state LIKE 'a%'"},
      {"logic", "SELECT id FROM message WHERE channel_id = {c} OR author = {u}"},
      {"logic", "SELECT id FROM message WHERE NOT (channel_id = {c} OR seq > {n})"},
      {"logic", "SELECT id FROM message WHERE NOT (channel_id = {c} AND seq > {n})"},
      {"logic", "SELECT id FROM message WHERE channel_id = {c} AND (author = {u} OR pinned)"},
      {"logic", "SELECT id FROM message WHERE pinned IS NOT TRUE AND author = {u}"},
      {"logic", "SELECT id FROM message WHERE pinned IS UNKNOWN"},
      {"logic", "SELECT id FROM message WHERE NOT pinned AND channel_id = {c}"},
      {"logic", "SELECT id FROM message WHERE author IS NULL"},
      {"logic", "SELECT id FROM message WHERE author IS DISTINCT FROM {u} AND seq = {n}"},
      {"logic", "SELECT id FROM message WHERE NOT (author IS DISTINCT FROM {u})"},
      {"logic", "SELECT id FROM message WHERE channel_id NOT IN ({c}, {c})"},
      {"logic", "SELECT id FROM message WHERE channel_id <> ALL (ARRAY[{c}, {c}]) AND author = {u}"},
      {"logic", "SELECT id FROM message WHERE seq < ANY (ARRAY[{n}, {n}])"},
      {"logic",
       "SELECT id FROM message WHERE (channel_id = {c} AND pinned) OR (channel_id = {c} AND seq = {n})"},
      {"logic", "SELECT id FROM message WHERE CASE WHEN pinned THEN channel_id = {c} ELSE author = {u} END"},
      {"expression", "SELECT id FROM message WHERE lower(body) = 'a' AND channel_id = {c}"},
      {"expression", "SELECT id FROM message WHERE channel_id = {c} + 1 - 1"},
      {"expression", "SELECT id FROM message WHERE coalesce(author, 0) = {u}"},
      {"aggregate", "SELECT count(*) FROM message WHERE channel_id = {c}"},
      {"aggregate", "SELECT channel_id, count(*), max(seq) FROM message GROUP BY channel_id"},
      {"aggregate",
       "SELECT author, sum(score) FROM message WHERE pinned GROUP BY author HAVING count(*) > 1"},
      {"aggregate", "SELECT string_agg(body, ',' ORDER BY id) FROM message WHERE author = {u}"},
      {"aggregate", "SELECT min(seq), max(seq) FROM message WHERE channel_id = {c}"},
      {"aggregate", "SELECT array_agg(id ORDER BY id) FILTER (WHERE pinned) FROM message WHERE seq > {n}"},
      {"aggregate", "SELECT DISTINCT author FROM message WHERE channel_id = {c}"},
      {"window",
       "SELECT id, row_number() OVER (PARTITION BY channel_id ORDER BY seq, id) FROM message WHERE author = "
       "{u}"},
      {"window", "SELECT id, count(*) OVER () FROM message WHERE channel_id = {c}"},
      {"limit", "SELECT id, body FROM message WHERE channel_id = {c} ORDER BY at DESC, id DESC LIMIT 2"},
      {"limit", "SELECT id FROM message WHERE channel_id = {c} ORDER BY at, id LIMIT 2"},
      {"limit", "SELECT id, seq FROM message ORDER BY seq, id LIMIT 3"},
      {"limit", "SELECT id, seq FROM message ORDER BY seq DESC, id LIMIT 3"},
      {"limit", "SELECT id, seq FROM message ORDER BY seq NULLS FIRST, id DESC OFFSET 2 LIMIT 3"},
      {"limit", "SELECT id FROM message ORDER BY id LIMIT 4"},
      {"limit", "SELECT id FROM message WHERE id > {i} ORDER BY id LIMIT 2"},
      {"limit", "SELECT id FROM message WHERE pinned ORDER BY id DESC LIMIT 2"},
      {"limit", "SELECT id, score FROM message ORDER BY score, id LIMIT 2"},
      {"limit", "SELECT max(id) FROM message"},
      {"limit", "SELECT max(seq) FROM message WHERE channel_id = {c}"},
      {"limit",
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id ORDER BY m.id LIMIT 3"},
      {"limit",
       "SELECT c.id, x.id AS m FROM channel c, LATERAL (SELECT id FROM message m WHERE m.channel_id = c.id "
       "ORDER BY at DESC, id DESC LIMIT 1) x"},
      {"limit", "SELECT id, tag FROM message WHERE channel_id = {c} ORDER BY seq DESC, id LIMIT 2"},
      {"limit",
       "SELECT id, at FROM message WHERE author = {u} AND seq > {n} ORDER BY at DESC, id OFFSET 1 LIMIT 2"},
      {"limit", "SELECT id, state FROM message ORDER BY state DESC NULLS LAST, id LIMIT 2"},
      {"limit",
       "SELECT channel_id, seq, id FROM message WHERE channel_id >= {c} ORDER BY channel_id, seq, id LIMIT "
       "3"},
      {"limit", "SELECT min(seq), max(at) FROM message WHERE channel_id = {c}"},
      {"limit",
       "SELECT id, EXISTS (SELECT FROM message m WHERE m.channel_id = c.id AND m.seq > {n}) FROM channel c"},
      {"limit",
       "SELECT id FROM channel c WHERE {n} < (SELECT seq FROM message m WHERE m.channel_id = c.id ORDER BY "
       "seq "
       "DESC NULLS LAST LIMIT 1)"},
      {"limit",
       "(SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq, id LIMIT 1) UNION ALL (SELECT id, "
       "seq FROM "
       "message WHERE author = {u} ORDER BY seq DESC, id LIMIT 1)"},
      {"limit",
       "SELECT m.id, c.name FROM message m LEFT JOIN channel c ON c.id = m.channel_id ORDER BY m.at, m.id "
       "LIMIT 2"},
      {"limit",
       "SELECT c.id, m.id AS m FROM channel c LEFT JOIN message m ON m.channel_id = c.id ORDER BY m.seq, "
       "m.id, c.id LIMIT 2"},
      {"limit",
       "SELECT m.id FROM message m JOIN member u ON u.channel_id = m.channel_id AND u.user_id = {u} ORDER BY "
       "m.at DESC, "
       "m.id DESC LIMIT 3"},
      {"limit",
       "SELECT m.id FROM message m WHERE NOT EXISTS (SELECT FROM member u WHERE u.channel_id = m.channel_id) "
       "ORDER BY "
       "m.seq, m.id LIMIT 2"},
      {"limit",
       "SELECT region, at, value FROM reading WHERE at > {n} ORDER BY at, value, region, note LIMIT 2"},
      {"limit", "SELECT pl_cursor({c}, {n})"},
      {"limit",
       "SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq, id FETCH FIRST 1 ROWS WITH TIES"},
      {"limit",
       "SELECT a.id, b.id AS b FROM message a JOIN message b ON a.channel_id = b.channel_id ORDER BY "
       "a.channel_id, a.id, "
       "b.id LIMIT 3"},
      {"join",
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id WHERE m.author = {u}"},
      {"join",
       "SELECT m.id, c.name FROM message m LEFT JOIN channel c ON c.id = m.channel_id AND c.kind = {n} WHERE "
       "m.seq = {n}"},
      {"join", "SELECT c.id, m.id AS m FROM channel c FULL JOIN message m ON m.channel_id = c.id"},
      {"join",
       "SELECT u.user_id, m.id FROM member u JOIN message m ON m.channel_id = u.channel_id AND m.seq > "
       "u.last_read WHERE u.user_id = {u}"},
      {"join",
       "SELECT u.channel_id, count(m.id) FROM member u LEFT JOIN message m ON m.channel_id = u.channel_id "
       "AND m.seq > u.last_read WHERE u.user_id = {u} GROUP BY u.channel_id"},
      {"join",
       "SELECT a.id FROM message a JOIN message b ON a.author = b.author AND a.id < b.id WHERE b.channel_id "
       "= {c}"},
      {"join", "SELECT id FROM channel WHERE id IN (SELECT channel_id FROM member WHERE user_id = {u})"},
      {"join",
       "SELECT id FROM channel c WHERE NOT EXISTS (SELECT FROM message m WHERE m.channel_id = c.id AND "
       "m.pinned)"},
      {"join",
       "SELECT id FROM channel WHERE id NOT IN (SELECT channel_id FROM message WHERE author = {u} AND "
       "channel_id IS NOT NULL)"},
      {"join",
       "SELECT m.id FROM message m WHERE EXISTS (SELECT FROM member u WHERE u.channel_id = m.channel_id AND "
       "u.user_id = {u})"},
      {"join",
       "SELECT m.id, c.id AS c, u.user_id FROM message m JOIN channel c ON c.id = m.channel_id JOIN member u "
       "ON u.channel_id = c.id WHERE c.kind = {n}"},
      {"join", "SELECT m.id FROM message m JOIN channel c ON c.id = m.channel_id WHERE c.kind = m.seq"},
      {"subquery",
       "SELECT id, (SELECT count(*) FROM message m WHERE m.channel_id = c.id) FROM channel c WHERE kind = "
       "{n}"},
      {"subquery",
       "SELECT id FROM message WHERE seq = (SELECT max(seq) FROM message WHERE channel_id = {c})"},
      {"subquery", "SELECT id FROM message WHERE channel_id = (SELECT kind FROM channel WHERE id = {c})"},
      {"subquery",
       "SELECT id FROM message WHERE channel_id = ANY (ARRAY(SELECT channel_id FROM member WHERE user_id = "
       "{u}))"},
      {"subquery",
       "SELECT id FROM message WHERE author = {u} AND (channel_id = {c} OR seq > (SELECT max(kind) FROM "
       "channel))"},
      {"subquery",
       "SELECT CASE WHEN EXISTS (SELECT FROM channel WHERE id = {c} AND archived) THEN (SELECT count(*) FROM "
       "member WHERE channel_id = {c}) ELSE (SELECT count(*) FROM message WHERE channel_id = {c}) END"},
      {"cte",
       "WITH mine AS MATERIALIZED (SELECT channel_id FROM member WHERE user_id = {u}) SELECT id FROM message "
       "JOIN mine USING (channel_id)"},
      {"cte",
       "WITH RECURSIVE walk(id) AS (SELECT {c} UNION SELECT c.kind FROM channel c JOIN walk w ON c.id = "
       "w.id) SELECT id FROM walk"},
      {"set",
       "SELECT author FROM message WHERE channel_id = {c} UNION SELECT user_id FROM member WHERE channel_id "
       "= {c}"},
      {"set", "SELECT author FROM message WHERE channel_id = {c} EXCEPT SELECT user_id FROM member"},
      {"set", "SELECT id FROM message WHERE author = {u} UNION ALL SELECT id FROM channel WHERE kind = {n}"},
      {"partition", "SELECT value, note FROM reading WHERE region = {r}"},
      {"partition", "SELECT region, sum(value) FROM reading WHERE at = {n} GROUP BY region"},
      {"partition", "SELECT at, value FROM reading WHERE region = {r} AND at > {n}"},
      {"partition",
       "SELECT c.id, r.value FROM channel c JOIN reading r ON r.region = c.id WHERE c.kind = {n}"},
      {"inheritance", "SELECT name FROM animal WHERE weight = {n}"},
      {"inheritance", "SELECT id, weight FROM ONLY animal WHERE weight > {n}"},
      {"inheritance", "SELECT tableoid::regclass::text, count(*) FROM animal WHERE weight < {n} GROUP BY 1"},
      {"security", "SELECT id, body FROM secret"},
      {"security", "SELECT body FROM secret WHERE id = {i}"},
      {"security", "SELECT count(*) FROM secret WHERE level > {n}"},
      {"view", "SELECT name FROM open_channel WHERE kind = {n}"},
      {"view", "SELECT messages, last FROM channel_stats WHERE id = {c}"},
      {"function", "SELECT pl_loop({c})"},
      {"function", "SELECT pl_branch({u})"},
      {"function", "SELECT pl_exception({c})"},
      {"function", "SELECT * FROM pl_dynamic('message', {c})"},
      {"function", "SELECT sql_first({c})"},
      {"function", "SELECT id, body FROM sql_set({c}) WHERE author = {u}"},
      {"function", "SELECT c.id, pl_loop(c.id) FROM channel c WHERE c.kind = {n}"},
      {"error", "SELECT 10 / (seq - 3) FROM message WHERE channel_id = {c} AND author = {u}"},
      {"error",
       "SELECT (SELECT id FROM message m WHERE m.channel_id = c.id AND m.seq = {n}) FROM channel c WHERE "
       "c.kind = {n}"},
      {"all", "SELECT * FROM message"},
      {"all", "SELECT count(*) FROM channel, member"},
  };
  return kShapes;
}

std::string instance(const Shape& shape, Random& random) {
  std::string text;
  for (const char* at = shape.text; *at != '\0'; ++at) {
    if (at[0] != '{' || at[1] == '\0' || at[2] != '}') {
      text += *at;
      continue;
    }
    switch (at[1]) {
      case 'c':
        text += std::to_string(pick(random, 0, 4));
        break;
      case 'u':
        text += std::to_string(pick(random, 0, 4));
        break;
      case 'n':
        text += std::to_string(pick(random, 0, 5));
        break;
      case 'r':
        text += std::to_string(pick(random, 1, 4));
        break;
      case 'i':
        text += std::to_string(pick(random, 1, 40));
        break;
      case 's':
        text += pick(random, 0, 1) == 0 ? "'a'" : "'b'";
        break;
      case 'd':
        text += pick(random, 0, 1) == 0 ? "1.0" : "2.50";
        break;
      case 't':
        text += "'2024-01-01 0" + std::to_string(pick(random, 0, 8)) + ":00Z'::timestamptz";
        break;
      default:
        text += *at;
        continue;
    }
    at += 2;
  }
  return text;
}

const std::vector<const char*>& planner_settings() {
  static const std::vector<const char*> kSettings = {
      "",
      "SET LOCAL enable_seqscan = off;",
      "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;",
      "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_seqscan = "
      "off;",
      "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = "
      "off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off;",
      "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_memoize = off; "
      "SET LOCAL enable_material = off;",
      "SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off;",
      "SET LOCAL plan_cache_mode = force_generic_plan;",
      "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off;",
      "SET LOCAL force_parallel_mode = on; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost "
      "= 0; SET LOCAL min_parallel_table_scan_size = 0;",
      "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL "
      "enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;",
  };
  return kSettings;
}

}  // namespace freshet::fuzz
