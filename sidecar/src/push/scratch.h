#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tools/database.h"

namespace freshet::push {

// A database beside the one that is pushed to, with the same extensions, to try things in. Dropped with this
// object.
class Scratch {
 public:
  // `maker_url`: a role that may create databases and those extensions, in the database that is pushed to;
  // `owner_url`: whose the new one is to be.
  static base::Result<std::unique_ptr<Scratch>> make(const std::string& maker_url,
                                                     const std::string& owner_url);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& name() const { return name_; }
  const std::string& owner_url() const { return owner_url_; }

 private:
  Scratch(std::unique_ptr<tools::Database> maker, std::string name, std::string owner_url)
      : maker_(std::move(maker)), name_(std::move(name)), owner_url_(std::move(owner_url)) {}

  std::unique_ptr<tools::Database> maker_;
  std::string name_;
  std::string owner_url_;
};

}  // namespace freshet::push
