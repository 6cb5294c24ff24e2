#include "call/bound_arguments.h"

#include "call/declared_argument.h"

extern "C" {
#include "executor/executor.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
}

namespace freshet {

void bind_arguments(const Function* function, const JsonValue* json, BoundArguments* bound,
                    Problems* problems) {
  int count = function->argument_count;
  bound->function = function;
  bound->json = static_cast<const JsonValue**>(palloc0(sizeof(JsonValue*) * Max(count, 1)));
  bound->given = static_cast<bool*>(palloc0(sizeof(bool) * Max(count, 1)));
  bound->values = static_cast<Datum*>(palloc0(sizeof(Datum) * Max(count, 1)));
  bound->nulls = static_cast<bool*>(palloc0(sizeof(bool) * Max(count, 1)));
  if (json->kind != JsonKind::kObject) {
    problems_add(problems, "", "object", json_kind_name(json->kind));
    return;
  }
  for (int m = 0; m < json->count; m++) {
    const JsonMember* member = &json->members[m];
    int i = 0;
    while (i < count && strcmp(function->arguments[i].name, member->name) != 0) i++;
    if (i == count) {
      problems_add(problems, member->name, "no such argument", json_kind_name(member->value.kind));
      continue;
    }
    bound->json[i] = &member->value;
    bound->given[i] = true;
  }
  for (int i = 0; i < count; i++) {
    const Argument* argument = &function->arguments[i];
    if (!bound->given[i] && argument->required)
      problems_add(problems, argument->name, format_type_be(argument->type), "nothing");
    else if (bound->given[i] && bound->json[i]->kind == JsonKind::kNull && !argument->nullable)
      problems_add(problems, argument->name, format_type_be(argument->type), "null");
  }
}

void convert_arguments(BoundArguments* bound, Problems* problems) {
  for (int i = 0; i < bound->function->argument_count; i++) {
    if (!bound->given[i] ||
        (bound->json[i]->kind == JsonKind::kNull && !bound->function->arguments[i].nullable))
      continue;
    const Argument* argument = &bound->function->arguments[i];
    if (argument->patch != nullptr && bound->json[i]->kind != JsonKind::kNull)
      check_patch(argument->patch, bound->json[i], problems, argument->name);
    bound->values[i] =
        read_json_value(argument->type, -1, bound->json[i], &bound->nulls[i], problems, argument->name);
  }
}

void check_arguments_isolated(const BoundArguments* bound, Problems* problems) {
  for (int i = 0; i < bound->function->argument_count; i++) {
    const Argument* argument = &bound->function->arguments[i];
    if (!bound->given[i] || bound->json[i]->kind == JsonKind::kNull) continue;
    if (argument->patch != nullptr)
      check_patch_isolated(argument->patch, bound->json[i], problems, argument->name);
    else
      check_json_value_isolated(argument->type, -1, bound->json[i], problems, argument->name);
  }
}

void evaluate_defaults(BoundArguments* bound) {
  for (int i = 0; i < bound->function->argument_count; i++) {
    const Argument* argument = &bound->function->arguments[i];
    if (bound->given[i] || argument->default_expression == nullptr) continue;
    EState* state = CreateExecutorState();
    Expr* copy = static_cast<Expr*>(copyObjectImpl(argument->default_expression));
    ExprState* expression = ExecPrepareExpr(copy, state);
    Datum value = ExecEvalExprSwitchContext(expression, GetPerTupleExprContext(state), &bound->nulls[i]);
    int16 length;
    bool by_value;
    get_typlenbyval(argument->type, &length, &by_value);
    bound->values[i] = bound->nulls[i] ? value : datumCopy(value, by_value, length);
    FreeExecutorState(state);
  }
}

}  // namespace freshet
