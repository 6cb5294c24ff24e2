#include "registry/argument_ids.h"

#include "registry/key_id.h"
#include "shape/expression.h"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

struct Search {
  const Function* function;
  const Parameters* parameters;
  const Scope* scope;  // of the innermost query
  const char** ids;
  bool* ambiguous;
};

void note(Search* search, const Node* parameter, const char* id) {
  int position = reinterpret_cast<const Param*>(parameter)->paramid - 1;
  if (id == nullptr || position < 0 || position >= search->function->argument_count) return;
  if (search->ids[position] != nullptr && strcmp(search->ids[position], id) != 0)
    search->ambiguous[position] = true;
  search->ids[position] = id;
}

Node* without_labels(Node* node) {
  while (node != nullptr && IsA(node, RelabelType))
    node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  return node;
}

bool is_parameter(const Node* node) {
  return node != nullptr && IsA(node, Param) &&
         reinterpret_cast<const Param*>(node)->paramkind == PARAM_EXTERN;
}

bool is_equality(Oid operation) {
  char* name = get_opname(operation);
  return name != nullptr && strcmp(name, "=") == 0;
}

const char* id_of(const Search* search, Node* node) {
  if (search->scope == nullptr || node == nullptr || !IsA(node, Var)) return nullptr;
  const Shape* shape = expression_shape(*search->scope, node);
  return shape->kind == ShapeKind::kArray ? shape->items->id : shape->id;
}

void note_comparison(Search* search, Oid operation, List* arguments) {
  if (list_length(arguments) != 2 || !is_equality(operation)) return;
  Node* left = without_labels(static_cast<Node*>(linitial(arguments)));
  Node* right = without_labels(static_cast<Node*>(lsecond(arguments)));
  if (is_parameter(left)) note(search, left, id_of(search, right));
  if (is_parameter(right)) note(search, right, id_of(search, left));
}

// What a statement writes to a column of the table.
void note_written(Search* search, const Query* query, List* targets) {
  if (query->resultRelation == 0) return;
  const RangeTblEntry* entry = rt_fetch(query->resultRelation, query->rtable);
  ListCell* cell;
  foreach (cell, targets) {
    const TargetEntry* target = lfirst_node(TargetEntry, cell);
    Node* value = without_labels(reinterpret_cast<Node*>(target->expr));
    if (!target->resjunk && is_parameter(value)) note(search, value, key_id(entry->relid, target->resno));
  }
}

bool visit(Node* node, void* state) {
  if (node == nullptr) return false;
  Search* search = static_cast<Search*>(state);
  if (IsA(node, OpExpr)) {
    OpExpr* call = reinterpret_cast<OpExpr*>(node);
    note_comparison(search, call->opno, call->args);
  } else if (IsA(node, ScalarArrayOpExpr)) {
    ScalarArrayOpExpr* call = reinterpret_cast<ScalarArrayOpExpr*>(node);
    if (call->useOr) note_comparison(search, call->opno, call->args);
  }
  if (!IsA(node, Query)) return walk_expression(node, visit, state);
  Query* query = reinterpret_cast<Query*>(node);
  if (query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE)
    note_written(search, query, query->targetList);
  const Scope* outer = search->scope;
  Scope scope = scope_of(search->parameters, query, outer, 0);
  search->scope = &scope;
  bool result = walk_query(query, visit, state);
  search->scope = outer;
  return result;
}

}  // namespace

const char** argument_ids(const Function* function, const Parameters& parameters, List* queries) {
  int room = Max(function->argument_count, 1);
  Search search = {function, &parameters, nullptr, static_cast<const char**>(palloc0(sizeof(char*) * room)),
                   static_cast<bool*>(palloc0(sizeof(bool) * room))};
  ListCell* cell;
  foreach (cell, queries) visit(static_cast<Node*>(lfirst(cell)), &search);
  for (int i = 0; i < function->argument_count; i++)
    if (search.ambiguous[i]) search.ids[i] = nullptr;
  return search.ids;
}

}  // namespace freshet
