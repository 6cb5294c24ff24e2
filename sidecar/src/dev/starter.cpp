#include "dev/starter.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema =
    R"(-- The tables of the app. `freshet push` and `freshet dev` bring the database to what is declared here.
CREATE SCHEMA app;

CREATE TABLE app.message (
  id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  author     text NOT NULL CHECK (author <> ''),
  body       text NOT NULL CHECK (body <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);
)";

constexpr const char* kMessages =
    R"(-- What clients can call: api.messages.list and api.messages.send. Save this file, and every open page follows.
CREATE SCHEMA IF NOT EXISTS messages;

-- A query only reads, which STABLE says. Its result is live.
CREATE FUNCTION messages.list() RETURNS TABLE (id bigint, author text, body text, created_at timestamptz)
  STABLE LANGUAGE sql AS $$
    SELECT m.id, m.author, m.body, m.created_at
    FROM app.message m
    ORDER BY m.id DESC
    LIMIT 50
  $$;

-- A mutation writes: one serializable transaction for each call.
CREATE FUNCTION messages.send(author text, body text) RETURNS bigint
  LANGUAGE sql AS $$
    INSERT INTO app.message (author, body) VALUES (send.author, send.body) RETURNING id
  $$;

-- Nothing can be called until it is exposed. `public => true` lets everybody; a guard says who may (docs: guards).
SELECT freshet.expose('messages.list', public => true);
SELECT freshet.expose('messages.send', public => true);
)";

constexpr const char* kTest = R"(-- Run by `freshet test app/`, in a transaction that is rolled back.
SELECT freshet.invoke('messages.send', '{"author": "ada", "body": "hello"}') IS NOT NULL;

-- the newest message comes first
SELECT freshet.invoke('messages.list') -> 0 ->> 'body' = 'hello';

-- an empty message is refused
-- raises constraint_violation
SELECT freshet.invoke('messages.send', '{"author": "ada", "body": ""}');
)";

}  // namespace

base::Result<std::vector<std::string>> write_starter(const std::string& folder) {
  const std::vector<std::pair<std::string, const char*>> files{
      {"schema.sql", kSchema}, {"messages.sql", kMessages}, {"messages.test.sql", kTest}};
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return base::Error(base::ErrorCode::kInternal, folder + ": " + error.message());
  std::vector<std::string> paths;
  for (const auto& [name, text] : files) {
    paths.push_back((fs::path(folder) / name).lexically_normal().string());
    if (fs::exists(paths.back()))
      return base::Error(base::ErrorCode::kConflict,
                         paths.back() + " is there already: --new is for a new app");
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::ofstream file(paths[i]);
    file << files[i].second;
    file.close();
    if (!file) return base::Error(base::ErrorCode::kInternal, paths[i] + " cannot be written");
  }
  return paths;
}

}  // namespace freshet::dev
