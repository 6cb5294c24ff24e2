#include "registry/contract_lints.h"

#include "shape/expression.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {
namespace {

void add(Findings* findings, Severity severity, const char* code, const char* message, const char* detail,
         const char* remedy) {
  findings->push({severity, code, message, detail, remedy, 0});
}

// created_at -> createdAt, as the SDK and codegen do.
char* camel_case(const char* name) {
  StringInfoData out;
  initStringInfo(&out);
  for (const char* at = name; *at != '\0'; at++) {
    if (*at == '_' && out.len > 0 && at[1] >= 'a' && at[1] <= 'z')
      appendStringInfoChar(&out, *++at - 'a' + 'A');
    else
      appendStringInfoChar(&out, *at);
  }
  return out.data;
}

void lint_clashes(const Function* function, const PallocVector<const char*>& names, const char* what,
                  Findings* findings) {
  for (int i = 0; i < names.size; i++)
    for (int before = 0; before < i; before++) {
      if (strcmp(names[i], names[before]) == 0) {
        add(findings, Severity::kError, "name_clash",
            psprintf("%s gives two %s the name \"%s\"", function->path, what, names[i]), nullptr,
            "Rename one of them.");
      } else if (strcmp(camel_case(names[i]), camel_case(names[before])) == 0) {
        add(findings, Severity::kLint, "camel_clash",
            psprintf("the %s \"%s\" and \"%s\" of %s are both \"%s\" in camel case", what, names[before],
                     names[i], function->path, camel_case(names[i])),
            nullptr, "Rename one of them; codegen --case camel refuses it.");
      }
    }
}

// Names that mean something to every object of JavaScript.
void lint_reserved(const Function* function, const PallocVector<const char*>& names, const char* what,
                   Findings* findings) {
  static const char* const kReserved[] = {"constructor", "hasOwnProperty", "prototype", "then",
                                          "toString",    "valueOf",        nullptr};
  for (int i = 0; i < names.size; i++) {
    if (strcmp(names[i], "__proto__") == 0)
      add(findings, Severity::kError, "reserved_name",
          psprintf("%s of %s cannot be called \"%s\"", what, function->path, names[i]),
          "In JavaScript that is no member of an object but its prototype.", "Rename it.");
    else if (is_one_of(names[i], kReserved))
      add(findings, Severity::kLint, "reserved_name",
          psprintf("%s of %s is called \"%s\", which every object of JavaScript has already or is asked for",
                   what, function->path, names[i]),
          nullptr, "Rename it.");
  }
}

void lint_names(const Function* function, const Shape* row, Findings* findings) {
  PallocVector<const char*> arguments, columns, path;
  for (int i = 0; i < function->argument_count; i++) arguments.push(function->arguments[i].name);
  for (int i = 0; i < row->members.size; i++) columns.push(row->members[i].name);
  path.push(function->row.schema);
  path.push(function->row.name);
  lint_clashes(function, arguments, "arguments", findings);
  lint_clashes(function, columns, "columns", findings);
  lint_reserved(function, arguments, "an argument", findings);
  lint_reserved(function, columns, "a column", findings);
  lint_reserved(function, path, "a part of the path", findings);
}

void lint_bound(const Function* function, List* queries, Findings* findings) {
  const RegistryRow& row = function->row;
  if (!function->result.is_set || row.cardinality != RowPromise::kMany || row.max_rows > 0 ||
      row.max_page > 0 || row.page_order != nullptr)
    return;
  if (queries != NIL && llast_node(Query, queries)->limitCount != nullptr) return;
  add(findings, Severity::kLint, "no_bound",
      psprintf("nothing bounds how many rows %s gives", function->path),
      psprintf("More than %d rows, freshet.default_max_rows, are the error too_large.",
               max_rows_of(function)),
      "Say max_rows => ..., page it with max_page => ..., or add a LIMIT.");
}

// The first place where anything may stand, as a path; nullptr when the shape says all.
const char* unknown_part(const Shape* shape, const char* path) {
  check_stack_depth();
  if (shape->kind == ShapeKind::kAny) return path;
  for (int i = 0; i < shape->members.size; i++)
    if (const char* found =
            unknown_part(shape->members[i].shape, psprintf("%s.%s", path, shape->members[i].name)))
      return found;
  for (int i = 0; i < shape->options.size; i++)
    if (const char* found = unknown_part(shape->options[i], path)) return found;
  return shape->items == nullptr ? nullptr : unknown_part(shape->items, psprintf("%s[]", path));
}

void lint_shape(const Function* function, const Shape* result, Findings* findings) {
  const char* part = unknown_part(result, "result");
  if (part == nullptr) return;
  add(findings, Severity::kLint, "unknown_shape",
      psprintf("what json %s gives at %s cannot be known", function->path, part),
      "Clients get no type for it.",
      "Build it from constant keys, or declare it: returns => '{\"id\": \"bigint\", \"tags\": [\"text\"]}'.");
}

}  // namespace

void lint_contract(const Function* function, const Shape* result, List* queries, Findings* findings) {
  lint_names(function, function->result.is_set && result->kind == ShapeKind::kArray ? result->items : result,
             findings);
  lint_bound(function, queries, findings);
  lint_shape(function, result, findings);
}

}  // namespace freshet
