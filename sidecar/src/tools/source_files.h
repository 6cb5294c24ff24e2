#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::tools {

// Where functions are written: every CREATE FUNCTION and CREATE PROCEDURE of the *.sql files below a folder.
// Of several for one name the last one counts, by the files' paths in order, as migrations run.
class SourceFiles {
 public:
  struct Place {
    std::string file;
    int line = 0;       // of CREATE
    int body_line = 0;  // of the first line of its body; 0: it has no quoted one
  };

  static base::Result<SourceFiles> read(const std::string& folder);
  void add(const std::string& file, std::string_view text);

  // `path`: "module.function". A statement that does not name the schema counts when no other does.
  std::optional<Place> find(const std::string& path) const;

 private:
  std::map<std::string, Place> places_;  // by "schema.name", or "name" alone
};

}  // namespace freshet::tools
