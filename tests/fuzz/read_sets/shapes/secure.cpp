#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes secure_shapes() {
  using enum Group;
  constexpr Order kAny = Order::kAny;
  return {
      {kSecured, "SELECT id, body FROM secret", kAny, true},
      {kSecured, "SELECT body FROM secret WHERE id = {k}", kAny, true},
      {kSecured, "SELECT count(*) FROM secret WHERE level > {n}", kAny, true},
      {kSecured, "SELECT owner FROM secret WHERE body = {s}", kAny, true},
      {kSecured, "SELECT id, body FROM low_secret WHERE owner = {u}", kAny, true},
      {kSecured, "SELECT id, body FROM low_secret WHERE lower(body) = 'a'", kAny, true},
      {kSecured, "SELECT id, body FROM vault", kAny, true},
      {kSecured, "SELECT body FROM vault WHERE id = {k}", kAny, true},
      {kSecured, "SELECT id FROM vault WHERE channel_id = {c} AND level < {n}", kAny, true},
      {kSecured, "SELECT id, body FROM own_vault WHERE channel_id = {c}", kAny, true},
      {kSecured, "SELECT id, body FROM own_vault WHERE body IS NOT NULL"},
      {kSecured, "SELECT body FROM vault WHERE id = {k}"},
      {kSecured, "SELECT id, owner FROM low_secret WHERE owner IS NULL"},
      {kSecured, "SELECT name FROM open_channel WHERE kind = {n}"},
      {kSecured, "SELECT messages, last FROM channel_stats WHERE id = {c}"},
      {kSemiAnti, "SELECT s.id FROM secret s WHERE EXISTS (SELECT FROM vault v WHERE v.level = s.level)",
       kAny, true},
      {kJoins,
       "SELECT s.id, v.id AS v FROM secret s JOIN vault v ON v.channel_id = s.owner WHERE s.level < {n}",
       kAny, true},
      {kLimit, "SELECT id, level FROM vault ORDER BY level, id LIMIT 2", Order::kDefined, true},
      {kLimit, "SELECT id FROM secret ORDER BY id DESC LIMIT 2", Order::kDefined, true},
      {kAggregates, "SELECT level, count(*) FROM vault GROUP BY level", kAny, true},
  };
}

}  // namespace freshet::fuzz
