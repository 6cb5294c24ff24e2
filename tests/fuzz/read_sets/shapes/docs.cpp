#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes docs_shapes() {
  using enum Group;
  constexpr Order kDefined = Order::kDefined;
  return {
      {kTextSearch, "SELECT id, title FROM doc WHERE words @@ {word}"},
      {kTextSearch, "SELECT id FROM doc WHERE words @@ {word} AND owner = {u}"},
      {kTextSearch, "SELECT id FROM doc WHERE to_tsvector('simple', title) @@ {word}"},
      {kTextSearch, "SELECT id FROM doc WHERE title @@ 'fox'"},
      {kTextSearch,
       "SELECT id, ts_rank(words, {word}) FROM doc WHERE words @@ {word} ORDER BY 2 DESC, id LIMIT 2",
       kDefined},
      {kTextSearch, "SELECT count(*) FROM doc WHERE words @@ {word}"},
      {kTextSearch, "SELECT id, title FROM doc WHERE title LIKE {like}"},
      {kTextSearch, "SELECT id FROM doc WHERE title ILIKE {like} AND owner = {u}"},
      {kTextSearch, "SELECT id FROM doc WHERE title LIKE '%fox%'"},
      {kTextSearch, "SELECT id FROM doc WHERE title ~ '^(red|blue)'"},
      {kTextSearch, "SELECT id FROM doc WHERE title % 'red fix'"},
      {kTextSearch, "SELECT id, title FROM doc ORDER BY title <-> 'red fox', id LIMIT 2", kDefined},
      {kTextSearch, "SELECT id FROM doc WHERE body LIKE '%blue%'"},
      {kTextSearch,
       "SELECT id, ts_headline('simple', title, {word}) FROM doc WHERE words @@ {word} AND id < {k}"},
      {kKeyEqRange, "SELECT title, length(body) FROM doc WHERE id = {k}"},
      {kKeyEqRange, "SELECT md5(body) FROM doc WHERE id = {k}"},
      {kKeyEqRange, "SELECT id, title FROM doc WHERE owner = {u}"},
      {kKeyEqRange, "SELECT id FROM doc WHERE body = {body}"},
      {kIndexedExpressions, "SELECT id FROM doc WHERE length(title) = 7"},
      {kIndexedExpressions, "SELECT id FROM doc WHERE length(title) > {n} AND owner = {u}"},
      {kLimit, "SELECT id, title FROM doc WHERE owner = {u} ORDER BY id DESC LIMIT 2", kDefined},
      {kAggregates, "SELECT owner, count(*), max(length(body)) FROM doc GROUP BY owner"},
      {kOther, "SELECT id FROM doc WHERE starts_with(title, 're')"},
      {kOther, "SELECT word, ndoc FROM ts_stat('SELECT words FROM fuzz.doc') ORDER BY word LIMIT 5"},
  };
}

}  // namespace freshet::fuzz
