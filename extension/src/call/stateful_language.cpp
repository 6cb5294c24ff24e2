#include "call/stateful_language.h"

#include "call/rights.h"
#include "errors.h"
#include "mutant.h"
#include "registry/sql_body.h"
#include "settings.h"

extern "C" {
#include "catalog/objectaccess.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

namespace freshet {
namespace {

constexpr bool kMutantAnyLanguage = FRESHET_MUTANT_IS(LANGUAGES_MAY_KEEP_STATE);

// How many functions deep a SQL body is followed when it is exposed; a run stops what lies deeper.
constexpr int kMaxDepth = 8;

object_access_hook_type previous_access;
bool installed;
const Function* watched;

bool is_stateless(const char* language) {
  List* names;
  // Quoted and folded like identifiers; the setting's check hook saw that it can be split.
  if (!SplitIdentifierString(pstrdup(setting_stateless_languages), ',', &names)) return false;
  ListCell* cell;
  foreach (cell, names)
    if (strcmp(static_cast<const char*>(lfirst(cell)), language) == 0) return true;
  return false;
}

// The language of a function that may keep something between two calls; nullptr: it can't.
const char* stateful_language(Oid procedure) {
  if (kMutantAnyLanguage || procedure < FirstNormalObjectId) return nullptr;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const Oid oid = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang;
  ReleaseSysCache(tuple);
  // C functions are part of the server: whoever may install them may do anything.
  if (oid == SQLlanguageId || oid == ClanguageId || oid == INTERNALlanguageId) return nullptr;
  const char* language = get_language_name(oid, false);
  return is_stateless(language) ? nullptr : language;
}

[[noreturn]] void refuse(const Function* function, Oid procedure, const char* language, int sqlstate) {
  const char* name =
      procedure == function->oid
          ? function->path
          : psprintf("%s, which %s calls,",
                     quote_qualified_identifier(get_namespace_name(get_func_namespace(procedure)),
                                                get_func_name(procedure)),
                     function->path);
  ereport(
      ERROR,
      (errcode(sqlstate),
       errmsg("%s is written in %s, which can keep what one caller saw for the next", name, language),
       errdetail(
           "All callers share the sessions of the database, and variables of %s live as long as a session.",
           language),
       errhint("Write it in SQL or PL/pgSQL. Where no function in %s keeps anything between two calls: ALTER "
               "DATABASE %s SET "
               "freshet.stateless_languages = 'plpgsql, %s'.",
               language, quote_identifier(get_database_name(MyDatabaseId)), quote_identifier(language))));
  pg_unreachable();
}

struct Search {
  const Function* function;
  int depth;
};

bool find_calls(Node* node, void* state);

bool check_call(Oid procedure, void* state) {
  Search* search = static_cast<Search*>(state);
  if (procedure < FirstNormalObjectId) return false;
  if (const char* language = stateful_language(procedure))
    refuse(search->function, procedure, language, kNotExposable);
  if (search->depth >= kMaxDepth) return false;
  List* queries;
  char* source;
  if (read_sql_body(procedure, &queries, &source) != SqlBody::kAnalysed) return false;
  search->depth++;
  find_calls(reinterpret_cast<Node*>(queries), state);
  search->depth--;
  return false;
}

bool find_calls(Node* node, void* state) {
  if (node == nullptr) return false;
  check_functions_in_node(node, check_call, state);
  if (IsA(node, Query)) return walk_query(reinterpret_cast<Query*>(node), find_calls, state);
  return walk_expression(node, find_calls, state);
}

void on_object_access(ObjectAccessType access, Oid class_id, Oid object, int sub_object, void* argument) {
  if (previous_access != nullptr) previous_access(access, class_id, object, sub_object, argument);
  if (watched == nullptr || access != OAT_FUNCTION_EXECUTE) return;
  if (const char* language = stateful_language(object))
    refuse(watched, object, language, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

}  // namespace

void check_languages(Function* function, Findings*) {
  SavedRights rights = enter_rights(function);
  Search search = {function, 0};
  check_call(function->oid, &search);
  leave_rights(rights);
}

void stateful_languages_watch(const Function* function) {
  if (!installed) {
    previous_access = object_access_hook;
    object_access_hook = on_object_access;
    installed = true;
  }
  watched = function;
}

void stateful_languages_unwatch() { watched = nullptr; }

}  // namespace freshet
