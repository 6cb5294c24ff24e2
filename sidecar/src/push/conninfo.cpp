#include "push/conninfo.h"

#include <libpq-fe.h>

#include <cctype>
#include <map>
#include <memory>

namespace freshet::push {
namespace {

using base::Error;
using base::ErrorCode;
using Settings = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

std::string encoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

base::Result<std::string> with_database(const std::string& url, const std::string& database) {
  const Settings settings(PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (settings == nullptr)
    return Error(ErrorCode::kInvalidArguments, "this is not a libpq connection string");
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out += (out.empty() ? "" : " ") + name + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += "'";
  };
  for (const PQconninfoOption* option = settings.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && std::string_view(option->keyword) != "dbname")
      add(option->keyword, option->val);
  }
  add("dbname", database);
  return out;
}

base::Result<std::string> whole_uri(const std::string& url, const std::string& database) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return Error(ErrorCode::kOverloaded, PQerrorMessage(connection.get()));
  const Settings settings(PQconninfo(connection.get()), PQconninfoFree);
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = settings.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  const std::string host = PQhost(connection.get());
  const bool socket = host.starts_with('/');
  const char* password = PQpass(connection.get());
  std::string uri = "postgresql://" + encoded(PQuser(connection.get()));
  if (password != nullptr && *password != '\0') uri += ":" + encoded(password);
  // IPv6 addresses stand in brackets.
  const std::string shown = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  uri += "@" + (socket ? "localhost" : shown) + ":" + PQport(connection.get()) + "/" +
         encoded(database.empty() ? PQdb(connection.get()) : database);
  if (socket) uri += "?host=" + encoded(host);
  const bool encrypted = PQsslInUse(connection.get()) != 0;
  if (!socket && encrypted) {
    const std::string mode = values["sslmode"] == "verify-full" ? "verify-full" : "no-verify";
    uri += "?sslmode=" + mode;
    if (mode == "verify-full" && values["sslrootcert"].starts_with('/'))
      uri += "&sslrootcert=" + encoded(values["sslrootcert"]);
  }
  return uri;
}

}  // namespace freshet::push
