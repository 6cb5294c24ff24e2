#include "push/known_function.h"

#include <algorithm>
#include <utility>

namespace freshet::push {
namespace {

constexpr const char* kFunctions = R"(
SELECT p.oid, p.oid || '/' || p.ctid || '/' || p.xmin,
       s.name || '(' || s.arguments || ')', s.arguments, pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
       n.nspname || '.' || p.proname, pg_catalog.pg_get_functiondef(p.oid),
       coalesce(pg_catalog.pg_get_function_result(p.oid), ''), p.proretset,
       CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, pg_catalog.pg_get_userbyid(p.proowner),
       coalesce(pg_catalog.obj_description(p.oid, 'pg_proc'), ''),
       CASE WHEN l.lanvalidator <> 0 THEN (SELECT pg_catalog.format('%I.%I', vn.nspname, v.proname) FROM pg_catalog.pg_proc v
              JOIN pg_catalog.pg_namespace vn ON vn.oid = v.pronamespace WHERE v.oid = l.lanvalidator) END,
       ARRAY(SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
                    || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
               FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
              WHERE a.grantee <> p.proowner ORDER BY 1)::text[] || '{}'::text[]
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang,
  LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, p.proname) AS name, coalesce(
             (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', tn.nspname, t.typname), ',' ORDER BY o.place)
                FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY o(type, place)
                JOIN pg_catalog.pg_type t ON t.oid = o.type JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace), '') AS arguments) s
 WHERE p.prokind IN ('f', 'p', 'w') AND )";

// Elements of `{a,"b c"}` as array_out writes it.
std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> out;
  std::string element;
  bool quoted = false;
  for (std::size_t i = 1; i + 1 < array.size(); ++i) {
    const char c = array[i];
    if (c == '\\') {
      element += array[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.push_back(std::exchange(element, {}));
    } else {
      element += c;
    }
  }
  if (!element.empty()) out.push_back(element);
  return out;
}

base::Result<std::vector<KnownFunction>> select(Session& session, const std::string& condition,
                                                const tools::Database::Parameters& parameters) {
  auto rows = session.rows(kFunctions + condition + " ORDER BY 3", parameters);
  if (!rows) return std::move(rows).error();
  std::vector<KnownFunction> out;
  for (int row = 0; row < rows->size(); ++row) {
    out.push_back({rows->text(row, 0), rows->text(row, 1), rows->text(row, 2), rows->text(row, 3),
                   rows->text(row, 4), rows->text(row, 5), rows->text(row, 6), rows->text(row, 7),
                   rows->get(row, 8) == "t", rows->text(row, 9), rows->text(row, 10), rows->text(row, 11),
                   rows->text(row, 12), elements(rows->get(row, 13))});
  }
  return out;
}

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::string quoted_name(std::string_view name) { return quoted(name, '"'); }

std::string quoted_text(std::string_view text) {
  const std::string out = quoted(text, '\'');
  if (out.find('\\') == std::string::npos) return out;
  // Read the same whatever standard_conforming_strings says.
  std::string escaped = "E";
  for (const char c : out) escaped += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return escaped;
}

base::Result<std::vector<KnownFunction>> functions_named(Session& session, const std::string& schema,
                                                         const std::string& name) {
  return select(session, "n.nspname = coalesce($1, pg_catalog.current_schema()) AND p.proname = $2",
                {schema.empty() ? std::nullopt : std::optional(schema), name});
}

base::Result<std::vector<KnownFunction>> functions_signed(Session& session, const std::string& signature) {
  return select(session, "p.oid = pg_catalog.to_regprocedure($1)", {signature});
}

base::Result<std::vector<KnownFunction>> replaced_by(Session& session, const FunctionHead& head,
                                                     const sqlfile::Statement& statement) {
  // The server says which types these are: made where nobody sees it, and taken back.
  const std::string& text = statement.text;
  const std::string probe =
      text.substr(0, head.name_begin) + "pg_temp." + quoted_name(head.name) + text.substr(head.name_end);
  if (auto failure = session.mark())
    return base::Error(base::ErrorCode::kInternal, postgres::describe(*failure));
  std::vector<KnownFunction> probed;
  if (!session.run(probe)) {
    auto made =
        select(session, "p.pronamespace = pg_catalog.pg_my_temp_schema() AND p.proname = $1", {head.name});
    if (!made) return std::move(made).error();
    probed = *std::move(made);
  }
  if (auto failure = session.back())
    return base::Error(base::ErrorCode::kInternal, postgres::describe(*failure));
  auto all = functions_named(session, head.schema, head.name);
  if (!all) return std::move(all).error();
  std::erase_if(*all, [&](const KnownFunction& known) {
    return probed.empty() || known.arguments != probed.front().arguments;
  });
  return all;
}

base::Result<std::vector<KnownFunction>> superseded(Session& session, const KnownFunction& by,
                                                    const std::string& app, const std::string& kept) {
  constexpr const char* kCondition = R"(n.nspname || '.' || p.proname = $1 AND p.oid <> ALL ($2::oid[])
   AND (EXISTS (SELECT FROM freshet.pushed u WHERE u.pushed_by = current_user AND u.app = $3
                   AND u.function = s.name || '(' || s.arguments || ')')
        OR EXISTS (SELECT FROM freshet.exposures() e WHERE e.path = $1
                   AND p.proargtypes::text = (SELECT coalesce(pg_catalog.string_agg(pg_catalog.to_regtype(x.type)::oid::text, ' ' ORDER BY x.place), '')
                         FROM pg_catalog.jsonb_array_elements_text(e.options -> 'argument_types') WITH ORDINALITY x(type, place)))))";
  return select(session, kCondition, {by.path, kept, app});
}

std::optional<postgres::Failure> take_over(Session& session, const KnownFunction& before,
                                           const KnownFunction& now) {
  const std::string subject = now.kind + " " + now.signature;
  const auto lacks = [](const std::vector<std::string>& list, const std::string& grant) {
    return std::find(list.begin(), list.end(), grant) == list.end();
  };
  std::vector<std::string> statements;
  for (const std::string& grant : now.grants) {
    if (lacks(before.grants, grant))
      statements.push_back("REVOKE ALL ON " + subject + " FROM " +
                           grant.substr(0, grant.find(" WITH GRANT OPTION")));
  }
  for (const std::string& grant : before.grants) {
    if (lacks(now.grants, grant)) statements.push_back("GRANT EXECUTE ON " + subject + " TO " + grant);
  }
  if (!before.comment.empty() && now.comment.empty())
    statements.push_back("COMMENT ON " + subject + " IS " + quoted_text(before.comment));
  if (before.owner != now.owner)
    statements.push_back("ALTER " + subject + " OWNER TO " + quoted_name(before.owner));
  for (const std::string& statement : statements) {
    if (auto failure = session.apply(statement)) return failure;
  }
  return std::nullopt;
}

}  // namespace freshet::push
