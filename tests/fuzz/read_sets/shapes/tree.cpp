#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes tree_shapes() {
  using enum Group;
  constexpr Order kDefined = Order::kDefined;
  return {
      {kKeyEqRange, "SELECT title, done FROM task WHERE id = {k}"},
      {kKeyEqRange, "SELECT id, title FROM task WHERE project = {n}"},
      {kKeyEqRange, "SELECT id FROM task WHERE project = {n} AND rank > {f}"},
      {kKeyEqRange, "SELECT id FROM task WHERE due < {day}"},
      {kKeyEqRange, "SELECT id, due FROM task WHERE due >= {day} AND NOT done"},
      {kKeyEqRange, "SELECT id FROM task WHERE low_title = {title}"},
      {kKeyEqRange, "SELECT open_tasks FROM project WHERE id = {n}"},
      {kKeyEqRange, "SELECT id, name FROM label WHERE task = {k}"},
      {kKeyEqRange, "SELECT id FROM task WHERE rank = {f}"},
      {kOrNot, "SELECT id FROM task WHERE done IS NOT TRUE AND project = {n}"},
      {kOrNot, "SELECT id FROM task WHERE (done OR due < {day}) AND project = {n}"},
      {kOrNot, "SELECT id FROM project WHERE parent IS NULL OR parent = {n}"},
      {kOrNot, "SELECT id FROM task WHERE NOT (rank > {f} AND done)"},
      {kIndexedExpressions, "SELECT id FROM task WHERE upper(title) = 'BLUE'"},
      {kIndexedExpressions, "SELECT id FROM task WHERE upper(title) IN ('RED FOX', 'BLUE')"},
      {kIndexedExpressions, "SELECT id FROM task WHERE rank * 2 = 2"},
      {kIndexedExpressions, "SELECT id FROM task WHERE rank * 2 > {f} ORDER BY rank * 2, id LIMIT 2",
       kDefined},
      {kJoins, "SELECT t.id, p.name FROM task t JOIN project p ON p.id = t.project WHERE p.parent = {n}"},
      {kJoins,
       "SELECT p.id, t.id AS t, l.name FROM project p LEFT JOIN task t ON t.project = p.id LEFT JOIN label l "
       "ON l.task = t.id WHERE p.id = {n}"},
      {kJoins, "SELECT l.name, t.title FROM label l JOIN task t ON t.id = l.task WHERE t.done"},
      {kJoins,
       "SELECT a.id, b.id AS b FROM project a JOIN project b ON b.id = a.parent WHERE b.open_tasks > {n}"},
      {kSemiAnti,
       "SELECT id FROM project p WHERE NOT EXISTS (SELECT FROM task t WHERE t.project = p.id AND NOT "
       "t.done)"},
      {kSemiAnti, "SELECT id FROM task WHERE id IN (SELECT task FROM label WHERE name = {s})"},
      {kSemiAnti, "SELECT id FROM project WHERE id NOT IN (SELECT parent FROM project)"},
      {kSemiAnti,
       "SELECT t.id FROM task t WHERE t.project = {n} AND NOT EXISTS (SELECT FROM label l WHERE l.task = "
       "t.id)"},
      {kCorrelated,
       "SELECT id, (SELECT count(*) FROM task t WHERE t.project = p.id AND t.done) FROM project p WHERE "
       "parent = {n}"},
      {kCorrelated,
       "SELECT p.id, x.title FROM project p LEFT JOIN LATERAL (SELECT title FROM task t WHERE t.project = "
       "p.id ORDER BY rank DESC NULLS LAST, id LIMIT 1) x ON true"},
      {kCorrelated,
       "WITH RECURSIVE up(id, parent) AS (SELECT id, parent FROM project WHERE id = {n} UNION SELECT p.id, "
       "p.parent FROM project p JOIN up ON p.id = up.parent) SELECT id FROM up"},
      {kCorrelated,
       "WITH RECURSIVE down(id) AS (SELECT {n} UNION SELECT p.id FROM project p JOIN down d ON p.parent = "
       "d.id) SELECT t.id FROM task t WHERE t.project IN (SELECT id FROM down)"},
      {kCorrelated,
       "SELECT t.id, ARRAY(SELECT l.name FROM label l WHERE l.task = t.id ORDER BY l.name, l.id) FROM task t "
       "WHERE t.project = {n}"},
      {kCorrelated,
       "SELECT jsonb_build_object('id', t.id, 'labels', (SELECT jsonb_agg(l.name ORDER BY l.id) FROM label l "
       "WHERE l.task = t.id)) FROM task t WHERE t.id = {k}"},
      {kAggregates, "SELECT project, count(*) FILTER (WHERE done), max(rank) FROM task GROUP BY project"},
      {kAggregates, "SELECT count(*), sum(open_tasks) FROM project WHERE parent = {n}"},
      {kAggregates, "SELECT name, count(*) FROM label GROUP BY name HAVING count(*) > 1"},
      {kLimit, "SELECT id, rank FROM task WHERE project = {n} ORDER BY rank, id LIMIT 2", kDefined},
      {kLimit, "SELECT id FROM task WHERE NOT done ORDER BY due, id LIMIT 2", kDefined},
      {kLimit, "SELECT id, open_tasks FROM project ORDER BY open_tasks DESC, id LIMIT 2", kDefined},
      {kJoinLimit,
       "SELECT t.id, p.name FROM task t JOIN project p ON p.id = t.project ORDER BY t.rank DESC, t.id LIMIT "
       "2",
       kDefined},
      {kJoinLimit,
       "SELECT l.id, t.title FROM label l JOIN task t ON t.id = l.task WHERE t.project = {n} ORDER BY "
       "l.name, l.id LIMIT 2",
       kDefined},
  };
}

}  // namespace freshet::fuzz
