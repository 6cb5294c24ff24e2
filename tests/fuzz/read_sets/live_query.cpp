#include "live_query.h"

#include <cctype>
#include <stdexcept>

#include "domains.h"

namespace freshet::fuzz {
namespace {

constexpr int kNullPercent = 4;

// A shape's text with values filled in: constants, or $1, $2 ... by the names of variables.
struct Filled {
  std::string text;
  struct Value {
    std::string type;
    std::string constant;
  };
  std::vector<Value> values;
};

Filled fill(Random& random, const Shape& shape, bool named) {
  const std::string column = one_of(random, sample_columns());
  std::string text = shape.text;
  for (std::size_t at = 0; (at = text.find("COL", at)) != std::string::npos;) {
    const bool collate = text.compare(at, 7, "COLLATE") == 0;
    if (!collate) text.replace(at, 3, column);
    at += collate ? 3 : column.size();
  }
  Filled filled;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    const std::string name = end == std::string::npos ? "" : text.substr(at + 1, end - at - 1);
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos ||
        std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      filled.text += text[at];
      continue;
    }
    const Domain& values = domain(name);
    filled.values.push_back({values.type, value_of(random, values, kNullPercent)});
    filled.text += named ? "p" + std::to_string(filled.values.size()) : filled.values.back().constant;
    at = end;
  }
  return filled;
}

Form random_form(Random& random, const Shape& shape) {
  switch (pick(random, 0, 11)) {
    case 0:
    case 1:
      return Form::kVariables;
    case 2:
    case 3:
      return Form::kParameters;
    case 4:
      return Form::kLoop;
    case 5:
      return shape.order == Order::kDefined ? Form::kEarlyExit : Form::kConstants;
    default:
      return Form::kConstants;
  }
}

std::string in_plpgsql(const std::string& head, const Filled& filled, const std::string& body) {
  std::string declarations = "DECLARE r record; n int := 0; ";
  for (std::size_t i = 0; i < filled.values.size(); ++i)
    declarations +=
        "p" + std::to_string(i + 1) + " " + filled.values[i].type + " := " + filled.values[i].constant + "; ";
  return head + "() RETURNS SETOF text LANGUAGE plpgsql STABLE AS $live$ " + declarations + "BEGIN " + body +
         " END $live$";
}

// Fills `query` with the function and its call.
void make_function(Random& random, LiveQuery& query, const Filled& filled, int serial) {
  const std::string name = "live_" + std::to_string(serial);
  const std::string head = "CREATE FUNCTION fuzz." + name;
  const std::string rows = "SELECT x::text FROM (" + filled.text + ") x";
  query.text = "SELECT * FROM " + name + "()";
  switch (query.form) {
    case Form::kVariables:
      query.function = in_plpgsql(head, filled, "RETURN QUERY " + rows + ";");
      break;
    case Form::kLoop:
      query.function =
          in_plpgsql(head, filled, "FOR r IN " + filled.text + " LOOP RETURN NEXT r::text; END LOOP;");
      break;
    case Form::kEarlyExit:
      query.function =
          in_plpgsql(head, filled,
                     "FOR r IN " + filled.text + " LOOP n := n + 1; EXIT WHEN n > " +
                         std::to_string(pick(random, 1, 3)) + "; RETURN NEXT r::text; END LOOP;");
      query.group = Group::kFunctions;
      break;
    default: {
      std::string parameters;
      std::string arguments;
      for (std::size_t i = 0; i < filled.values.size(); ++i) {
        parameters += (i > 0 ? ", p" : "p") + std::to_string(i + 1) + " " + filled.values[i].type;
        arguments += (i > 0 ? ", " : "") + filled.values[i].constant;
      }
      query.function =
          head + "(" + parameters + ") RETURNS SETOF text LANGUAGE sql STABLE AS $live$ " + rows + " $live$";
      // In a FROM clause it is inlined, in a target list it is not.
      query.text = (chance(random, 50) ? "SELECT * FROM " : "SELECT ") + name + "(" + arguments + ")";
    }
  }
}

}  // namespace

const char* name_of(Form form) {
  static constexpr const char* kNames[kForms] = {"constants", "PL/pgSQL variables", "SQL parameters",
                                                 "PL/pgSQL loop", "loop left early"};
  return kNames[static_cast<int>(form)];
}

LiveQuery random_query(Database& database, Random& random, const Shape& shape, int serial) {
  LiveQuery query;
  query.shape = shape.text;
  query.group = shape.group;
  query.order = shape.order;
  query.reader = shape.reader;
  query.user = pick(random, 0, 4);
  query.setting = one_of(random, planner_settings());
  query.form = random_form(random, shape);
  const Filled filled = fill(random, shape, query.form != Form::kConstants);
  if (query.form != Form::kConstants) {
    make_function(random, query, filled, serial);
    if (database.attempt(query.function)) return query;
    query.function.clear();
    query.group = shape.group;
    query.form = Form::kConstants;
    query.text = fill(random, shape, false).text;
    return query;
  }
  query.text = filled.text;
  return query;
}

void begin_runs(Database& database) {
  database.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = fuzz, public; SAVEPOINT run");
}

void end_runs(Database& database) { database.query("COMMIT"); }

Run track(Database& database, const LiveQuery& query) {
  const Database::Rows rows = database.query(
      "ROLLBACK TO run; SET LOCAL fuzz.reader_id = " + std::to_string(query.user) + ";" + query.setting +
      (query.reader ? " SET LOCAL ROLE fuzz_reader;" : "") + "SELECT result, reads, taken FROM fuzz.track(" +
      quoted(query.text) + ", " + (query.order == Order::kDefined ? "true" : "false") + ", " +
      (query.form == Form::kLoop ? "true" : "false") + ")");
  Run run;
  run.result = rows[0][0];
  run.taken = rows[0][2];
  run.bytes = unhex(rows[0][1]);
  auto decoded =
      wire::decode_read_set({reinterpret_cast<const std::uint8_t*>(run.bytes.data()), run.bytes.size()});
  if (!decoded) throw std::runtime_error("malformed read set of: " + query.text);
  run.reads = std::move(*decoded);
  return run;
}

}  // namespace freshet::fuzz
