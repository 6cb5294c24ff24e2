#pragma once

#include <sys/types.h>

#include <functional>
#include <pqxx/pqxx>
#include <string>

namespace freshet::postgres::test {

// A PostgreSQL of the test program's own, on a unix socket in a directory of its own, with the extension and
// the gateway's two roles, and with a synchronous standby that does not exist: a session that sets
// synchronous_commit = on hangs in COMMIT; made at the first use and gone with the program. The server is
// that of FRESHET_PG_BIN, else of the build. As root it runs as user postgres, which PostgreSQL asks for.
class ThrowawayCluster {
 public:
  static ThrowawayCluster& get();
  ~ThrowawayCluster();
  ThrowawayCluster(const ThrowawayCluster&) = delete;
  ThrowawayCluster& operator=(const ThrowawayCluster&) = delete;

  // For role postgres, freshet_call or freshet_stream.
  std::string conninfo(const std::string& role) const;

  // As superuser; any number of statements, of which the last one's first value is returned ("" without one).
  std::string sql(const std::string& text);
  std::string log() const;

 private:
  ThrowawayCluster();
  void make_data() const;
  void start();

  std::string directory_;
  std::string bin_;
  pid_t server_ = -1;
};

// Asks until it is true; a test that waits in vain fails, naming `what`.
void eventually(const std::string& what, const std::function<bool()>& condition, int seconds = 60);

}  // namespace freshet::postgres::test
