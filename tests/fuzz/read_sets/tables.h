#pragma once

#include <string>
#include <vector>

namespace freshet::fuzz {

// What a round is about, so that changes meet the queries.
enum class Theme { kChat, kParts, kSecure, kTypes, kTree, kDocs };
inline constexpr int kThemes = 6;

struct Column {
  std::string name;
  std::string domain;
  bool nullable = true;
};

// A table of schema fuzz that changes are made to. The first `key` columns are its primary key, or serve as
// one.
struct Table {
  std::string name;
  Theme theme;
  std::size_t key;
  bool unique;       // ON CONFLICT and MERGE have something to go by
  std::size_t rows;  // to begin with
  std::vector<Column> columns;
};

const std::vector<Table>& tables();

}  // namespace freshet::fuzz
