#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes chat_limit_shapes() {
  using enum Group;
  constexpr Order kDefined = Order::kDefined;
  return {
      {kLimit, "SELECT id, body FROM message WHERE channel_id = {c} ORDER BY at DESC, id DESC LIMIT 2",
       kDefined},
      {kLimit, "SELECT id, body FROM message WHERE channel_id = {c} ORDER BY at DESC, id DESC LIMIT {n}",
       kDefined},
      {kLimit, "SELECT id FROM message WHERE channel_id = {c} ORDER BY at, id LIMIT 2", kDefined},
      {kLimit, "SELECT id, seq FROM message ORDER BY seq, id LIMIT 3", kDefined},
      {kLimit, "SELECT id, seq FROM message ORDER BY seq DESC, id LIMIT 3", kDefined},
      {kLimit, "SELECT id, seq FROM message ORDER BY seq NULLS FIRST, id DESC OFFSET 2 LIMIT 3", kDefined},
      {kLimit, "SELECT id FROM message ORDER BY id LIMIT 4", kDefined},
      {kLimit, "SELECT id FROM message ORDER BY id OFFSET {n} LIMIT 2", kDefined},
      {kLimit, "SELECT id FROM message WHERE id > {i} ORDER BY id LIMIT 2", kDefined},
      {kLimit, "SELECT id FROM message WHERE pinned ORDER BY id DESC LIMIT 2", kDefined},
      {kLimit, "SELECT id, score FROM message ORDER BY score, id LIMIT 2", kDefined},
      {kLimit, "SELECT max(id) FROM message"},
      {kLimit, "SELECT max(seq) FROM message WHERE channel_id = {c}"},
      {kLimit, "SELECT min(seq), max(at) FROM message WHERE channel_id = {c}"},
      {kLimit, "SELECT id, tag FROM message WHERE channel_id = {c} ORDER BY seq DESC, id LIMIT 2", kDefined},
      {kLimit,
       "SELECT id, at FROM message WHERE author = {u} AND seq > {n} ORDER BY at DESC, id OFFSET 1 LIMIT 2",
       kDefined},
      {kLimit, "SELECT id, state FROM message ORDER BY state DESC NULLS LAST, id LIMIT 2", kDefined},
      {kLimit,
       "SELECT channel_id, seq, id FROM message WHERE channel_id >= {c} ORDER BY channel_id, seq, id LIMIT 3",
       kDefined},
      {kLimit,
       "(SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq, id LIMIT 1) UNION ALL (SELECT id, "
       "seq FROM message WHERE author = {u} ORDER BY seq DESC, id LIMIT 1)"},
      {kLimit,
       "SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq, id FETCH FIRST 1 ROWS WITH TIES",
       kDefined},
      {kLimit,
       "SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq FETCH FIRST 2 ROWS WITH TIES"},
      {kLimit,
       "SELECT id FROM message WHERE (at, id) < ({t}, {i}) AND channel_id = {c} ORDER BY at DESC, id DESC "
       "LIMIT 2",
       kDefined},
      {kLimit,
       "SELECT * FROM (SELECT id, seq FROM message WHERE channel_id = {c} ORDER BY seq, id LIMIT 4) x WHERE "
       "seq > {n}"},
      {kLimit, "SELECT count(*) FROM (SELECT FROM message WHERE channel_id = {c} LIMIT 3) x"},
      {kLimit, "SELECT seq FROM message WHERE channel_id = {c} ORDER BY seq LIMIT 2", kDefined},
      {kLimit, "SELECT min(id) FROM message WHERE author = {u}"},
      {kLimit, "SELECT id, channel_id FROM message ORDER BY channel_id DESC NULLS LAST, at, id LIMIT 3",
       kDefined},
      {kLimit, "SELECT DISTINCT channel_id FROM message ORDER BY channel_id LIMIT 2", kDefined},
      {kLimit, "SELECT author, count(*) FROM message GROUP BY author ORDER BY count(*) DESC, author LIMIT 2",
       kDefined},
      {kLimit, "SELECT id FROM message WHERE channel_id IN ({c}, {c}) ORDER BY id LIMIT 2", kDefined},
      {kLimit, "SELECT id FROM message WHERE NOT pinned ORDER BY author NULLS FIRST, id LIMIT 3", kDefined},
      {kLimit, "SELECT id FROM message WHERE channel_id = {c} LIMIT 1"},
      {kLimit, "SELECT body FROM message WHERE author = {u} OFFSET 1"},
      {kJoinLimit,
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id ORDER BY m.id LIMIT 3",
       kDefined},
      {kJoinLimit,
       "SELECT m.id, c.name FROM message m LEFT JOIN channel c ON c.id = m.channel_id ORDER BY m.at, m.id "
       "LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT c.id, m.id AS m FROM channel c LEFT JOIN message m ON m.channel_id = c.id ORDER BY m.seq, "
       "m.id, c.id LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT m.id FROM message m JOIN member u ON u.channel_id = m.channel_id AND u.user_id = {u} ORDER BY "
       "m.at DESC, m.id DESC LIMIT 3",
       kDefined},
      {kJoinLimit,
       "SELECT m.id FROM message m WHERE NOT EXISTS (SELECT FROM member u WHERE u.channel_id = m.channel_id) "
       "ORDER BY m.seq, m.id LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT a.id, b.id AS b FROM message a JOIN message b ON a.channel_id = b.channel_id ORDER BY "
       "a.channel_id, a.id, b.id LIMIT 3",
       kDefined},
      {kJoinLimit,
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id WHERE c.kind = {n} ORDER BY "
       "m.at DESC, m.id DESC LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT m.id FROM message m WHERE m.channel_id IN (SELECT channel_id FROM member WHERE user_id = {u}) "
       "ORDER BY m.id DESC LIMIT 3",
       kDefined},
      {kJoinLimit,
       "SELECT m.id, c.name FROM message m JOIN channel c ON c.id = m.channel_id WHERE m.channel_id = {c} "
       "ORDER BY m.at DESC, m.id DESC LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT c.id, (SELECT count(*) FROM member u WHERE u.channel_id = c.id) FROM channel c ORDER BY "
       "c.name, c.id LIMIT 2",
       kDefined},
      {kJoinLimit,
       "SELECT m.id, c.name, u.last_read FROM message m JOIN channel c ON c.id = m.channel_id JOIN member u "
       "ON u.channel_id = c.id WHERE u.user_id = {u} ORDER BY m.seq, m.id LIMIT 2",
       kDefined},
  };
}

}  // namespace freshet::fuzz
