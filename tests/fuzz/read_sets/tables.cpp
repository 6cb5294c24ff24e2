#include "tables.h"

#include "domains.h"

namespace freshet::fuzz {
namespace {

std::vector<Column> columns_of_sample() {
  std::vector<Column> columns = {{"id", "k", false}};
  for (const std::string& name : sample_columns()) columns.push_back({name, name});
  columns.push_back({"js", "js"});
  columns.push_back({"xy", "xy"});
  return columns;
}

}  // namespace

const std::vector<Table>& tables() {
  static const std::vector<Table> kTables = {
      {"channel",
       Theme::kChat,
       1,
       true,
       4,
       {{"id", "n", false}, {"name", "s"}, {"kind", "c"}, {"archived", "b"}}},
      {"member",
       Theme::kChat,
       2,
       true,
       14,
       {{"user_id", "u", false}, {"channel_id", "c", false}, {"last_read", "n", false}}},
      {"message",
       Theme::kChat,
       1,
       true,
       25,
       {{"id", "i", false},
        {"channel_id", "c"},
        {"author", "u"},
        {"seq", "n"},
        {"body", "s"},
        {"pinned", "b"},
        {"score", "d"},
        {"at", "t"},
        {"tag", "s"},
        {"state", "s"}}},
      {"reading", Theme::kParts, 2, false, 12, {{"region", "r"}, {"at", "n"}, {"value", "c"}, {"note", "s"}}},
      {"event",
       Theme::kParts,
       3,
       true,
       16,
       {{"id", "n", false}, {"day", "k", false}, {"zone", "r", false}, {"kind", "s"}, {"amount", "d"}}},
      {"animal", Theme::kParts, 1, false, 4, {{"id", "k"}, {"name", "s"}, {"weight", "n"}}},
      {"dog", Theme::kParts, 1, false, 4, {{"id", "k"}, {"name", "s"}, {"weight", "n"}, {"breed", "c"}}},
      {"puppy",
       Theme::kParts,
       1,
       false,
       4,
       {{"id", "k"}, {"name", "s"}, {"weight", "n"}, {"breed", "c"}, {"months", "n"}}},
      {"secret",
       Theme::kSecure,
       1,
       true,
       8,
       {{"id", "k", false}, {"owner", "u"}, {"level", "c"}, {"body", "s"}}},
      {"vault",
       Theme::kSecure,
       1,
       true,
       8,
       {{"id", "k", false}, {"channel_id", "c"}, {"level", "c", false}, {"body", "s"}}},
      {"sample", Theme::kTypes, 1, true, 8, columns_of_sample()},
      {"bare", Theme::kTypes, 1, false, 6, {{"k", "c"}, {"v", "s"}, {"n", "d"}}},
      {"late_key", Theme::kTypes, 1, false, 4, {{"id", "k"}, {"v", "n"}}},
      {"project", Theme::kTree, 1, true, 5, {{"id", "n", false}, {"parent", "n"}, {"name", "s"}}},
      {"task",
       Theme::kTree,
       1,
       true,
       12,
       {{"id", "k", false},
        {"project", "n", false},
        {"title", "title"},
        {"done", "b"},
        {"rank", "f"},
        {"due", "day"}}},
      {"label", Theme::kTree, 1, true, 8, {{"id", "k", false}, {"task", "k"}, {"name", "s"}}},
      {"doc",
       Theme::kDocs,
       1,
       true,
       10,
       {{"id", "k", false}, {"owner", "u"}, {"title", "title"}, {"body", "body"}}},
  };
  return kTables;
}

}  // namespace freshet::fuzz
