#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes chat_join_shapes() {
  using enum Group;
  return {
      {kJoins,
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id WHERE m.author = {u}"},
      {kJoins, "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id WHERE c.id = {c}"},
      {kJoins,
       "SELECT m.id, c.name FROM message m LEFT JOIN channel c ON c.id = m.channel_id AND c.kind = {n} WHERE "
       "m.seq = {n}"},
      {kJoins,
       "SELECT c.id, m.id AS m FROM channel c LEFT JOIN message m ON m.channel_id = c.id AND m.pinned WHERE "
       "c.kind = {n}"},
      {kJoins, "SELECT c.id, m.id AS m FROM channel c FULL JOIN message m ON m.channel_id = c.id"},
      {kJoins,
       "SELECT c.id, m.id AS m FROM channel c RIGHT JOIN message m ON m.channel_id = c.id WHERE m.author = "
       "{u}"},
      {kJoins,
       "SELECT u.user_id, m.id FROM member u JOIN message m ON m.channel_id = u.channel_id AND m.seq > "
       "u.last_read WHERE u.user_id = {u}"},
      {kJoins,
       "SELECT u.channel_id, count(m.id) FROM member u LEFT JOIN message m ON m.channel_id = u.channel_id "
       "AND m.seq > u.last_read WHERE u.user_id = {u} GROUP BY u.channel_id"},
      {kJoins,
       "SELECT a.id FROM message a JOIN message b ON a.author = b.author AND a.id < b.id WHERE b.channel_id "
       "= {c}"},
      {kJoins,
       "SELECT m.id, c.id AS c, u.user_id FROM message m JOIN channel c ON c.id = m.channel_id JOIN member u "
       "ON u.channel_id = c.id WHERE c.kind = {n}"},
      {kJoins, "SELECT m.id FROM message m JOIN channel c ON c.id = m.channel_id WHERE c.kind = m.seq"},
      {kJoins,
       "SELECT m.id, u.user_id FROM message m JOIN member u ON u.channel_id = m.channel_id AND u.user_id = "
       "m.author WHERE m.seq < {n}"},
      {kJoins, "SELECT c.name, u.last_read FROM member u JOIN channel c USING (id) WHERE false"},
      {kJoins,
       "SELECT c.name, u.last_read FROM channel c CROSS JOIN member u WHERE c.id = {c} AND u.user_id = {u}"},
      {kJoins,
       "SELECT m.id, c.id AS c FROM message m JOIN channel c ON m.seq BETWEEN c.id AND c.kind WHERE m.author "
       "= {u}"},
      {kJoins,
       "SELECT m.id FROM message m JOIN channel c ON c.id = m.channel_id OR c.kind = m.author WHERE "
       "c.archived"},
      {kJoins,
       "SELECT m.id, v.n FROM message m JOIN (VALUES ({c}, 'x'), ({c}, 'y')) v(c, n) ON v.c = m.channel_id "
       "WHERE m.seq > {n}"},
      {kJoins,
       "SELECT m.id, x.n FROM message m JOIN (SELECT channel_id, count(*) n FROM member GROUP BY channel_id) "
       "x USING (channel_id) WHERE m.author = {u}"},
      {kJoins, "SELECT a.id, b.id AS b FROM channel a JOIN channel b ON a.kind = b.id WHERE NOT b.archived"},
      {kJoins, "SELECT m.id, c.name FROM message m JOIN channel c ON c.name = m.tag WHERE c.kind = {n}"},
      {kJoins,
       "SELECT m.id, u.user_id FROM message m LEFT JOIN member u ON u.channel_id = m.channel_id AND "
       "u.last_read >= m.seq WHERE m.channel_id = {c} AND u.user_id IS NULL"},
      {kSemiAnti, "SELECT id FROM channel WHERE id IN (SELECT channel_id FROM member WHERE user_id = {u})"},
      {kSemiAnti,
       "SELECT id FROM channel c WHERE NOT EXISTS (SELECT FROM message m WHERE m.channel_id = c.id AND "
       "m.pinned)"},
      {kSemiAnti,
       "SELECT id FROM channel WHERE id NOT IN (SELECT channel_id FROM message WHERE author = {u} AND "
       "channel_id IS NOT NULL)"},
      {kSemiAnti,
       "SELECT id FROM channel WHERE id NOT IN (SELECT channel_id FROM message WHERE author = {u})"},
      {kSemiAnti,
       "SELECT m.id FROM message m WHERE EXISTS (SELECT FROM member u WHERE u.channel_id = m.channel_id AND "
       "u.user_id = {u})"},
      {kSemiAnti,
       "SELECT m.id FROM message m WHERE m.author = {u} AND NOT EXISTS (SELECT FROM member u WHERE "
       "u.channel_id = m.channel_id AND u.user_id = m.author)"},
      {kSemiAnti,
       "SELECT user_id FROM member u WHERE EXISTS (SELECT FROM channel c WHERE c.id = u.channel_id AND "
       "c.kind = {n})"},
      {kSemiAnti,
       "SELECT id FROM message WHERE (channel_id, author) IN (SELECT channel_id, user_id FROM member WHERE "
       "last_read > {n})"},
      {kSemiAnti,
       "SELECT id FROM message WHERE channel_id = ANY (SELECT id FROM channel WHERE kind = {n}) AND seq > "
       "{n}"},
      {kSemiAnti,
       "SELECT id FROM message WHERE seq > ALL (SELECT last_read FROM member WHERE user_id = {u})"},
      {kSemiAnti,
       "SELECT c.id FROM channel c WHERE c.id = {c} AND EXISTS (SELECT FROM member WHERE channel_id = c.id) "
       "AND NOT EXISTS (SELECT FROM message WHERE channel_id = c.id)"},
      {kSemiAnti, "SELECT EXISTS (SELECT FROM message WHERE channel_id = {c} AND seq > {n})"},
      {kCorrelated,
       "SELECT id, (SELECT count(*) FROM message m WHERE m.channel_id = c.id) FROM channel c WHERE kind = "
       "{n}"},
      {kCorrelated,
       "SELECT id FROM message WHERE seq = (SELECT max(seq) FROM message WHERE channel_id = {c})"},
      {kCorrelated, "SELECT id FROM message WHERE channel_id = (SELECT kind FROM channel WHERE id = {c})"},
      {kCorrelated,
       "SELECT id FROM message WHERE channel_id = ANY (ARRAY(SELECT channel_id FROM member WHERE user_id = "
       "{u}))"},
      {kCorrelated,
       "SELECT id FROM message WHERE author = {u} AND (channel_id = {c} OR seq > (SELECT max(kind) FROM "
       "channel))"},
      {kCorrelated,
       "SELECT CASE WHEN EXISTS (SELECT FROM channel WHERE id = {c} AND archived) THEN (SELECT count(*) FROM "
       "member WHERE channel_id = {c}) ELSE (SELECT count(*) FROM message WHERE channel_id = {c}) END"},
      {kCorrelated,
       "SELECT c.id, x.id AS m FROM channel c, LATERAL (SELECT id FROM message m WHERE m.channel_id = c.id "
       "ORDER BY at DESC, id DESC LIMIT 1) x"},
      {kCorrelated,
       "SELECT c.id, x.n, x.last FROM channel c CROSS JOIN LATERAL (SELECT count(*) n, max(at) AS last FROM "
       "message m WHERE m.channel_id = c.id AND m.author <> {u}) x WHERE c.id < {n}"},
      {kCorrelated,
       "SELECT c.id, x.id AS m FROM channel c LEFT JOIN LATERAL (SELECT id FROM message m WHERE m.channel_id "
       "= c.id AND m.seq > c.kind ORDER BY seq, id LIMIT 2) x ON true WHERE NOT c.archived"},
      {kCorrelated,
       "SELECT id, EXISTS (SELECT FROM message m WHERE m.channel_id = c.id AND m.seq > {n}) FROM channel c"},
      {kCorrelated,
       "SELECT id FROM channel c WHERE {n} < (SELECT seq FROM message m WHERE m.channel_id = c.id ORDER BY "
       "seq DESC NULLS LAST LIMIT 1)"},
      {kCorrelated,
       "SELECT id FROM message m WHERE seq > (SELECT avg(seq) FROM message x WHERE x.channel_id = "
       "m.channel_id) AND m.author = {u}"},
      {kCorrelated,
       "SELECT u.user_id, (SELECT body FROM message m WHERE m.channel_id = u.channel_id AND m.author = "
       "u.user_id ORDER BY at DESC, id LIMIT 1) FROM member u WHERE u.channel_id = {c}"},
      {kCorrelated,
       "SELECT u.user_id, ARRAY(SELECT m.id FROM message m WHERE m.author = u.user_id AND m.channel_id = "
       "u.channel_id ORDER BY 1) FROM member u WHERE u.last_read = {n}"},
      {kCorrelated,
       "WITH mine AS MATERIALIZED (SELECT channel_id FROM member WHERE user_id = {u}) SELECT id FROM message "
       "JOIN mine USING (channel_id)"},
      {kCorrelated,
       "WITH mine AS NOT MATERIALIZED (SELECT channel_id FROM member WHERE user_id = {u}) SELECT id FROM "
       "message JOIN mine USING (channel_id)"},
      {kCorrelated,
       "WITH x AS (SELECT id, kind FROM channel WHERE kind < {n}) SELECT a.id, b.id AS b FROM x a JOIN x b "
       "ON a.id = b.kind"},
      {kCorrelated,
       "WITH RECURSIVE walk(id) AS (SELECT {c} UNION SELECT c.kind FROM channel c JOIN walk w ON c.id = "
       "w.id) SELECT id FROM walk"},
      {kCorrelated,
       "WITH RECURSIVE walk(id, depth) AS (SELECT id, 0 FROM channel WHERE id = {c} UNION ALL SELECT c.id, "
       "depth + 1 FROM channel c JOIN walk w ON c.kind = w.id WHERE depth < 3) SELECT * FROM walk"},
  };
}

}  // namespace freshet::fuzz
