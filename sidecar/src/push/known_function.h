// Functions as the database has them, and what is kept of one that is replaced by another.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "push/session.h"
#include "push/statement_kind.h"

namespace freshet::push {

struct KnownFunction {
  std::string oid;
  std::string version;     // another one after every CREATE OR REPLACE
  std::string signature;   // app.f(pg_catalog.int4): what freshet.pushed names it by, and ALTER understands
  std::string arguments;   // what that has between the parentheses
  std::string shown;       // app.f(id integer)
  std::string path;        // app.f
  std::string definition;  // all that CREATE FUNCTION says
  std::string result;
  bool is_set = false;
  std::string kind;  // FUNCTION or PROCEDURE
  std::string owner;
  std::string comment;
  std::string language_check;       // the function that checks bodies of its language, quoted; empty: none
  std::vector<std::string> grants;  // "grantee [WITH GRANT OPTION]", the owner's own left out
};

// The functions and procedures of this name. An empty schema is the one that CREATE would use.
base::Result<std::vector<KnownFunction>> functions_named(Session& session, const std::string& schema,
                                                         const std::string& name);
base::Result<std::vector<KnownFunction>> functions_signed(Session& session, const std::string& signature);
// The one that this CREATE FUNCTION would replace, though the server refuses to: of the same name and with
// the same types of arguments. `text` with OR REPLACE; nothing where there is none.
base::Result<std::vector<KnownFunction>> replaced_by(Session& session, const FunctionHead& head,
                                                     const sqlfile::Statement& statement);
// Functions of this name that were pushed for `app`, or are what is exposed under it, and are not among
// `kept` (oids).
base::Result<std::vector<KnownFunction>> superseded(Session& session, const KnownFunction& by,
                                                    const std::string& app, const std::string& kept);

// Gives `now` the owner, rights and comment of the function that it took the place of.
std::optional<postgres::Failure> take_over(Session& session, const KnownFunction& before,
                                           const KnownFunction& now);

// A name as SQL writes it, with quotes always; a text as a literal.
std::string quoted_name(std::string_view name);
std::string quoted_text(std::string_view text);

}  // namespace freshet::push
