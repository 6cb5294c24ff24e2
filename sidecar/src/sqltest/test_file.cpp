#include "sqltest/test_file.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <variant>
#include <vector>

#include "postgres/failure.h"
#include "sqlfile/script.h"

namespace freshet::sqltest {
namespace {

using sqlfile::Statement;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

constexpr unsigned kBoolean = 16;
constexpr unsigned kText = 25;

// They would end the transaction that is rolled back at the end, or the statement's own savepoint.
bool controls_the_transaction(const Statement& statement) {
  static constexpr std::array kWords = {"begin",    "start", "commit",    "end",
                                        "rollback", "abort", "savepoint", "release"};
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* word) { return statement.is(0, word); }) ||
         (statement.is(0, "prepare") && statement.is(1, "transaction"));
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool succeeded(const Answer& answer) {
  const ExecStatusType status = PQresultStatus(answer.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

// Whether a failure is the one that `code` names.
bool is_failure(const postgres::Failure& failure, const std::string& code) {
  return code == failure.sqlstate || code == base::info(postgres::to_error(failure, {}).code).name ||
         (!failure.constraint.empty() && code == failure.constraint);
}

class TestFile {
 public:
  TestFile(const std::string& url, const std::string& path, Tap& tap)
      : path_(path), tap_(tap), connection_(PQconnectdb(url.c_str()), PQfinish) {
    PQsetNoticeProcessor(connection_.get(), notice, this);
  }

  void run() {
    std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return tap_.not_ok(path_, "the file cannot be read");
    const auto script = sqlfile::split_script(text.str());
    if (const auto* problem = std::get_if<sqlfile::Problem>(&script))
      return tap_.not_ok(path_, fmt::format("line {}: {}", problem->line, problem->message));
    const auto& statements = std::get<std::vector<Statement>>(script);
    if (PQstatus(connection_.get()) != CONNECTION_OK)
      return tap_.not_ok(path_, "cannot connect: " + without_newline(PQerrorMessage(connection_.get())));
    if (!command("BEGIN")) return tap_.not_ok(path_, without_newline(PQerrorMessage(connection_.get())));
    const bool completed = std::all_of(statements.begin(), statements.end(),
                                       [&](const Statement& statement) { return run(statement); });
    if (completed) {
      const Answer deferred = ask("SET CONSTRAINTS ALL IMMEDIATE");
      if (!succeeded(deferred))
        tap_.not_ok(path_ + ": deferred constraints hold at the end", message_of(deferred));
      else if (!has_test_)
        tap_.ok(path_ + ": every statement succeeds");
    }
    command("ROLLBACK");
  }

 private:
  static void notice(void* self, const char* message) {
    static_cast<TestFile*>(self)->tap_.comment(without_newline(message));
  }

  Answer ask(const std::string& statement) {
    // The extended protocol takes one statement and no more.
    return {PQexecParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0),
            PQclear};
  }

  bool command(const char* statement) { return succeeded(ask(statement)); }

  // False: the file ends here.
  bool run(const Statement& statement) {
    std::string name;
    std::optional<std::string> raises;
    for (const std::string& line : statement.comments) {
      if (line.starts_with("raises ")) {
        raises = line.substr(line.find_first_not_of(' ', 7));
      } else if (!line.empty()) {
        name += (name.empty() ? "" : " ") + line;
      }
    }
    if (name.empty())
      name = statement.text.substr(0, std::min(statement.text.find('\n'), statement.text.size()));
    name = fmt::format("{}:{}: {}", path_, statement.line, name);
    if (controls_the_transaction(statement))
      return fail(name, statement, "the test's transaction is begun and rolled back around the whole file");

    command("SAVEPOINT freshet_test");
    const Answer answer = ask(statement.text);
    const bool good = succeeded(answer);
    if (!good) command("ROLLBACK TO SAVEPOINT freshet_test");
    command("RELEASE SAVEPOINT freshet_test");
    if (PQtransactionStatus(connection_.get()) != PQTRANS_INTRANS)
      return fail(name, statement, "the connection or its transaction was lost");
    if (raises) return expect_failure(name, statement, answer, *raises);
    if (PQresultStatus(answer.get()) == PGRES_COPY_IN || PQresultStatus(answer.get()) == PGRES_COPY_OUT)
      return fail(name, statement, "COPY from and to the client is not possible here: use INSERT");
    if (!good) return fail(name, statement, message_of(answer) + missing_grant(answer));
    judge(name, statement, answer);
    return true;
  }

  // Nobody may be anybody before he was told so: what to type when that was all.
  std::string missing_grant(const Answer& answer) {
    const char* sqlstate = PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
    if (sqlstate == nullptr || std::string_view(sqlstate) != "42501") return {};
    const Answer may =
        ask("SELECT has_function_privilege('freshet.as_user(jsonb)', 'EXECUTE') AND "
            "has_function_privilege('freshet.invoke(text, jsonb)', 'EXECUTE')");
    if (PQresultStatus(may.get()) != PGRES_TUPLES_OK || *PQgetvalue(may.get(), 0, 0) != 'f') return {};
    return fmt::format(
        "\nremedy: GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO \"{}\";  "
        "-- in databases for development and tests only",
        PQuser(connection_.get()));
  }

  bool expect_failure(const std::string& name, const Statement& statement, const Answer& answer,
                      const std::string& code) {
    has_test_ = true;
    if (succeeded(answer)) {
      tap_.not_ok(name, "expected: " + code + "\ngot: no error\nstatement: " + statement.text);
    } else if (is_failure(postgres::failure_of(answer.get()), code)) {
      tap_.ok(name);
    } else {
      tap_.not_ok(name, "expected: " + code + "\ngot: " + message_of(answer));
    }
    return true;
  }

  void judge(const std::string& name, const Statement& statement, const Answer& answer) {
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK || PQnfields(answer.get()) != 1) return;
    const int rows = PQntuples(answer.get());
    if (PQftype(answer.get(), 0) == kText) {
      for (int row = 0; row < rows; row++) take_tap(name, PQgetvalue(answer.get(), row, 0));
      return;
    }
    if (PQftype(answer.get(), 0) != kBoolean) return;
    has_test_ = true;
    std::string got = rows == 0 ? "no row" : "";
    for (int row = 0; row < rows && got.empty(); row++) {
      if (PQgetisnull(answer.get(), row, 0) != 0)
        got = fmt::format("NULL in row {} of {}", row + 1, rows);
      else if (*PQgetvalue(answer.get(), row, 0) != 't')
        got = fmt::format("false in row {} of {}", row + 1, rows);
    }
    if (got.empty()) return tap_.ok(name);
    tap_.not_ok(name, "expected: true\ngot: " + got + "\nstatement: " + statement.text);
  }

  // A line of pgTAP, numbered by it: we number anew.
  void take_tap(const std::string& name, std::string_view text) {
    const bool good = text.starts_with("ok ");
    if (!good && !text.starts_with("not ok ")) return;
    has_test_ = true;
    const std::size_t dash = text.find(" - ");
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::string title =
        dash == std::string_view::npos ? name : fmt::format("{}: {}", path_, line.substr(dash + 3));
    good ? tap_.ok(title) : tap_.not_ok(title, text);
  }

  bool fail(const std::string& name, const Statement& statement, const std::string& why) {
    has_test_ = true;
    tap_.not_ok(name, why + "\nstatement: " + statement.text + "\nthe rest of the file was not run");
    return false;
  }

  std::string message_of(const Answer& answer) const {
    std::string text = without_newline(PQresultErrorMessage(answer.get()));
    if (text.empty()) text = without_newline(PQerrorMessage(connection_.get()));
    return text;
  }

  const std::string& path_;
  Tap& tap_;
  Connection connection_;
  bool has_test_ = false;
};

}  // namespace

void run_test_file(const std::string& url, const std::string& path, Tap& tap) {
  TestFile(url, path, tap).run();
}

}  // namespace freshet::sqltest
