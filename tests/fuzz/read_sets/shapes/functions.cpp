#include "shapes/shapes.h"

namespace freshet::fuzz {

Shapes function_shapes() {
  using enum Group;
  return {
      {kFunctions, "SELECT pl_loop({c})"},
      {kFunctions, "SELECT pl_cursor({c}, {n})"},
      {kFunctions, "SELECT pl_refcursor({c})"},
      {kFunctions, "SELECT pl_branch({u})"},
      {kFunctions, "SELECT pl_exception({c})"},
      {kFunctions, "SELECT pl_nested_exception({c})"},
      {kFunctions, "SELECT * FROM pl_dynamic('message', {c})"},
      {kFunctions, "SELECT pl_strict({c})"},
      {kFunctions, "SELECT pl_found({c})"},
      {kFunctions, "SELECT pl_arrays(ARRAY[{u}, {u}])"},
      {kFunctions, "SELECT id, body FROM pl_rows({c})"},
      {kFunctions, "SELECT id FROM pl_rows({c}) WHERE author = {u}"},
      {kFunctions, "SELECT id FROM channel WHERE pl_found(id) AND kind = {n}"},
      {kFunctions, "SELECT sql_first({c})"},
      {kFunctions, "SELECT id, body FROM sql_set({c}) WHERE author = {u}"},
      {kFunctions, "SELECT c.id, pl_loop(c.id) FROM channel c WHERE c.kind = {n}"},
      {kFunctions, "SELECT sql_nested({c})"},
      {kFunctions, "SELECT c.id, s.body FROM channel c, LATERAL sql_set(c.id) s WHERE c.kind = {n}"},
      {kFunctions,
       "SELECT query_to_xml('SELECT id FROM fuzz.message WHERE channel_id = 1 ORDER BY id', true, true, "
       "'')::text"},
  };
}

}  // namespace freshet::fuzz
