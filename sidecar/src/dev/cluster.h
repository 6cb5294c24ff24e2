#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "process/child.h"

namespace freshet::dev {

using process::Child;

// The PostgreSQL of one project, in its folder `.freshet`: made at the first start, kept between starts. Its
// server is our child and ends with us. It listens on a socket in a folder that only its user can enter,
// where every role is trusted, and on 127.0.0.1, where the owner needs the password that is kept in that
// folder too.
class Cluster {
 public:
  struct Options {
    std::string bin;    // PostgreSQL's programs
    std::string state;  // the folder `.freshet`, absolute
    int port = 0;       // 0: 54700, or the next free one
  };
  // Starts it, and makes roles, database and extension where they are missing. `tell` says what takes long.
  static base::Result<Cluster> start(const Options& options,
                                     const std::function<void(const std::string&)>& tell);

  Child& server() { return server_; }
  void stop();

  std::string admin_url(const std::string& database = "app") const { return url("postgres", database); }
  std::string owner_url() const { return url("freshet_owner", "app"); }
  std::string call_url() const { return url("freshet_call", "app"); }
  std::string stream_url() const { return url("freshet_stream", "app"); }
  // For people and their other programs: over TCP, with the password.
  std::string shared_url() const;
  const std::string& log_file() const { return log_file_; }

 private:
  Cluster(Child server, std::string socket, int port, std::string log_file)
      : server_(std::move(server)), socket_(std::move(socket)), port_(port), log_file_(std::move(log_file)) {}
  std::string url(const std::string& role, const std::string& database) const;

  Child server_;
  std::string socket_;
  int port_ = 0;
  std::string log_file_;
  std::string password_;
};

// Whether nobody listens on this port of 127.0.0.1; the first free one from `first` on.
bool is_free_port(int port);
int free_port(int first);

}  // namespace freshet::dev
