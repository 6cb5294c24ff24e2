#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes parts_shapes() {
  using enum Group;
  constexpr Order kDefined = Order::kDefined;
  return {
      {kSecured, "SELECT value, note FROM reading WHERE region = {r}"},
      {kSecured, "SELECT value, note FROM reading WHERE region IS NULL"},
      {kSecured, "SELECT region, sum(value) FROM reading WHERE at = {n} GROUP BY region"},
      {kSecured, "SELECT at, value FROM reading WHERE region = {r} AND at > {n}"},
      {kSecured, "SELECT at, note FROM reading WHERE region IN ({r}, {r}) AND value = {c}"},
      {kSecured, "SELECT * FROM reading_2 WHERE at = {n}"},
      {kSecured, "SELECT tableoid::regclass::text, note FROM reading WHERE at < {n}"},
      {kSecured, "SELECT kind, amount FROM event WHERE day = {k}"},
      {kSecured, "SELECT kind FROM event WHERE id = {n} AND day = {k} AND zone = {r}"},
      {kSecured, "SELECT id, zone FROM event WHERE day BETWEEN {n} AND {n} AND zone = {r}"},
      {kSecured, "SELECT id, day, zone FROM event WHERE kind = {s}"},
      {kSecured, "SELECT id, day, zone FROM event WHERE day > {n} AND amount > {d}"},
      {kSecured, "SELECT id, amount FROM event_mid WHERE zone = {r}"},
      {kSecured, "SELECT name FROM animal WHERE weight = {n}"},
      {kSecured, "SELECT id, weight FROM ONLY animal WHERE weight > {n}"},
      {kSecured, "SELECT tableoid::regclass::text, count(*) FROM animal WHERE weight < {n} GROUP BY 1"},
      {kSecured, "SELECT id, breed FROM dog WHERE weight = {n}"},
      {kSecured, "SELECT name FROM animal WHERE id = {k} AND name IS NOT NULL"},
      {kJoins, "SELECT e.id, r.value FROM event e JOIN reading r ON r.region = e.zone WHERE e.day = {k}"},
      {kJoins, "SELECT a.id, e.amount FROM animal a JOIN event e ON e.day = a.weight WHERE a.id = {k}"},
      {kJoins,
       "SELECT e.id, f.id AS f FROM event e JOIN event f ON e.day = f.day AND e.zone = f.zone WHERE e.kind = "
       "{s}"},
      {kSemiAnti,
       "SELECT id, day, zone FROM event e WHERE EXISTS (SELECT FROM reading r WHERE r.region = e.zone AND "
       "r.at = {n})"},
      {kCorrelated,
       "SELECT a.id, (SELECT sum(e.amount) FROM event e WHERE e.day = a.weight) FROM animal a WHERE a.weight "
       "> {n}"},
      {kCorrelated,
       "SELECT id, day, zone FROM event WHERE day = (SELECT max(at) FROM reading WHERE region = {r})"},
      {kCorrelated,
       "SELECT r.value, x.id FROM reading r, LATERAL (SELECT id FROM event e WHERE e.zone = r.region ORDER "
       "BY day, id, zone LIMIT 1) x WHERE r.at = {n}"},
      {kAggregates, "SELECT day, zone, count(*), sum(amount) FROM event GROUP BY day, zone"},
      {kAggregates, "SELECT zone, max(amount) FROM event WHERE day >= {n} GROUP BY zone"},
      {kLimit,
       "SELECT region, at, value FROM reading WHERE at > {n} ORDER BY at, value, region, note LIMIT 2",
       kDefined},
      {kLimit, "SELECT id, day, zone FROM event ORDER BY day, amount, id, zone LIMIT 3", kDefined},
      {kLimit, "SELECT id, day, zone FROM event WHERE kind = {s} ORDER BY day DESC, id, zone LIMIT 2",
       kDefined},
      {kLimit, "SELECT max(day) FROM event WHERE zone = {r}"},
      {kLimit, "SELECT min(at), max(at) FROM reading"},
      {kLimit, "SELECT weight FROM animal ORDER BY weight LIMIT 2", kDefined},
      {kJoinLimit,
       "SELECT e.id, e.day, e.zone, r.at FROM event e JOIN reading r ON r.region = e.zone ORDER BY e.day, "
       "e.id, e.zone, r.at, r.value, r.note LIMIT 3",
       kDefined},
  };
}

}  // namespace freshet::fuzz
