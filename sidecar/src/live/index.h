#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "live/key_map.h"
#include "live/shape.h"
#include "wire/read_set.h"
#include "wire/transaction.h"

namespace freshet::live {

using Owner = std::uint32_t;  // slot of a live query

// What of a transaction touched an owner first.
struct Hit {
  Owner owner = 0;
  wire::TableId table = 0;
  enum class By : std::uint8_t { kRow, kTable, kEverything } by = By::kRow;
  bool unknown = false;  // a value that was not known might have matched
  // Of a row: borrowed until the index changes.
  static constexpr std::uint32_t kByFingerprint = UINT32_MAX;
  const wire::Row* row = nullptr;
  const wire::Entry* entry = nullptr;
  std::uint32_t alternative = 0;  // of the entry, or kByFingerprint
};

// Asks `overlaps` of all read sets at once: the cost of a change depends on the shapes of its table and on
// what it hits, not on how many read sets there are. Owned by the live core.
class Index {
 public:
  // The read set is borrowed until erase() with the same handle.
  using Handle = std::vector<std::uint32_t>;
  Handle insert(Owner owner, const wire::ReadSet& read_set);
  void erase(Owner owner, const Handle& handle);

  // Each owner that overlaps(read set, transaction) holds for, once.
  void match(const wire::Transaction& transaction, const std::function<void(const Hit&)>& visit);

  std::size_t owners() const { return everyone_.size(); }

 private:
  struct Held {
    Owner owner = 0;
    const wire::Entry* entry = nullptr;
    std::size_t place_in_table = 0;
  };
  struct Table {
    std::vector<std::unique_ptr<Shape>> shapes;
    std::unordered_map<std::string, Shape*> by_key;
    std::vector<std::uint32_t> entries;
    KeyMap prints;
  };
  using Each = std::function<void(const Hit&)>;

  static constexpr std::uint32_t kEverythingHandle = UINT32_MAX;

  void insert_entry(std::uint32_t id);
  void erase_entry(std::uint32_t id);
  static void each_placement(const wire::Entry& entry,
                             const std::function<void(const Placement&, std::uint32_t alternative)>& visit);
  void match_row(const wire::Transaction& transaction, const wire::Row& row, const Each& visit);
  bool first_time(Owner owner);

  std::unordered_map<wire::TableId, Table> tables_;
  std::vector<Held> held_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<Owner, std::size_t> everyone_;    // owner → how often inserted
  std::unordered_map<Owner, std::size_t> everything_;  // owners whose read set is "everything"
  std::vector<std::uint64_t> seen_;                    // by owner: the last match() that reported it
  std::uint64_t round_ = 0;
};

}  // namespace freshet::live
