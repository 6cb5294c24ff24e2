#include "job/target.h"

#include "call/bound_arguments.h"
#include "errors.h"
#include "settings.h"

extern "C" {
#include "utils/acl.h"
}

namespace freshet {
namespace {

void check_rights(const Function* function) {
  const Oid roles[] = {function->owner, function->role};
  for (Oid role : roles) {
    if (has_privs_of_role(GetUserId(), role)) continue;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must be a member of role \"%s\" to schedule %s", GetUserNameFromId(role, false),
                           function->path),
                    errdetail("It runs with the rights of that role, and its guard is not asked.")));
  }
}

void check_arguments(const Function* function, Jsonb* arguments) {
  char* text = JsonbToCString(nullptr, &arguments->root, VARSIZE(arguments));
  int length = static_cast<int>(strlen(text));
  if (length > setting_max_argument_bytes)
    ereport(ERROR, (errcode(kTooLarge),
                    errmsg("the arguments are larger than %d bytes", setting_max_argument_bytes)));
  JsonValue json;
  JsonSyntaxError error;
  if (!json_parse(text, length, &json, &error))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("the arguments are refused: %s", error.message)));
  Problems problems;
  problems_init(&problems);
  BoundArguments bound;
  bind_arguments(function, &json, &bound, &problems);
  if (problems.count > 0)
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("the arguments of %s are not valid", function->path),
                    errdetail("%s", problems_finish(&problems))));
}

}  // namespace

Function* job_target(const char* path, Jsonb* arguments) {
  const char* dot = strchr(path, '.');
  RegistryRow row;
  if (dot == nullptr || !registry_find(pnstrdup(path, dot - path), dot + 1, &row))
    ereport(ERROR, (errcode(kNotFound), errmsg("there is no mutation \"%s\"", path),
                    errhint("SELECT freshet.expose(%s, internal => true) makes one that only jobs may run.",
                            quote_literal_cstr(path))));
  Function* function = load_function(row);
  if (function->problem != nullptr)
    ereport(ERROR,
            (errcode(function->problem_state), errmsg("%s cannot be called: %s", path, function->problem)));
  if (row.kind != FunctionKind::kMutation)
    ereport(ERROR, (errcode(kNotFound), errmsg("%s is a query, and jobs are mutations", path),
                    errhint("Schedule a VOLATILE function.")));
  check_rights(function);
  check_arguments(function, arguments);
  return function;
}

bool may_act_for(const char* owner) {
  Oid role = get_role_oid(owner, true);
  return OidIsValid(role) ? has_privs_of_role(GetUserId(), role) : superuser();
}

char* queue_name(text* name) {
  char* queue = text_to_cstring(name);
  if (queue[0] == '\0' || strlen(queue) >= NAMEDATALEN)
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("a queue's name has 1 to %d bytes", NAMEDATALEN - 1)));
  return queue;
}

int attempts_allowed(int count) {
  if (count < 1 || count > 100)
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("max_attempts must be from 1 to 100, not %d", count)));
  return count;
}

}  // namespace freshet
