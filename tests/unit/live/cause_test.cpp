#include "live/cause.h"

#include <gtest/gtest.h>

#include "live/index.h"

namespace freshet::live {
namespace {

wire::Atom equals(wire::Attnum attnum, std::uint64_t hash) {
  wire::Atom atom;
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kEq;
  atom.hashes = {hash};
  return atom;
}

wire::Column known(wire::Attnum attnum, std::uint64_t eq, int image) {
  wire::Column column;
  column.attnum = attnum;
  column.state = wire::ValueState::kKnown;
  column.parts = wire::kPartEq | wire::kPartImage;
  column.eq = eq;
  column.image.bytes[0] = static_cast<std::uint8_t>(image);
  return column;
}

// Reads columns 1 and 2 of table 7 where column 1 has the hash 11, or column 3 the hash 33.
wire::ReadSet read_set() {
  wire::Entry entry;
  entry.table = 7;
  entry.columns = {1, 2, 3};
  entry.alternatives = {{equals(1, 11)}, {equals(3, 33)}};
  return {0, {entry}};
}

// An update that changes column 2 of a row whose column 1 is `first` and column 3 is `third`.
wire::Transaction update(std::uint64_t first, std::uint64_t third) {
  wire::Transaction transaction;
  transaction.xid = 900;
  transaction.commit_time = 5;
  for (const int image : {1, 2})
    for (const wire::Column& column : {known(1, first, 9), known(2, 0, image), known(3, third, 9)})
      transaction.columns.push_back(column);
  wire::Row row;
  row.table = 7;
  row.kind = wire::RowKind::kUpdate;
  row.old_count = 3;
  row.new_begin = 3;
  row.new_count = 3;
  transaction.rows.push_back(row);
  return transaction;
}

std::vector<Cause> causes_by_index(const wire::ReadSet& reads, const wire::Transaction& transaction) {
  Index index;
  index.insert(0, reads);
  std::vector<Cause> causes;
  index.match(transaction, [&](const Hit& hit) { causes.push_back(cause_of(hit, transaction)); });
  return causes;
}

void expect_update_of_second(const Cause& cause, wire::Attnum met) {
  EXPECT_EQ(cause.kind, Cause::Kind::kRow);
  EXPECT_EQ(cause.xid, 900u);
  EXPECT_EQ(cause.committed, 5);
  EXPECT_EQ(cause.table, 7u);
  ASSERT_NE(cause.row, nullptr);
  EXPECT_EQ(cause.row->changed, std::vector<wire::Attnum>{2});
  ASSERT_EQ(cause.row->matched.size(), 1u);
  EXPECT_EQ(cause.row->matched[0].attnum, met);
}

TEST(Cause, OfARowNamesTheConditionItMetAndTheColumnsThatChanged) {
  const wire::ReadSet reads = read_set();
  for (const auto& [first, third, met] : {std::tuple{11, 0, 1}, std::tuple{0, 33, 3}}) {
    const auto transaction = update(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(third));
    const auto causes = causes_by_index(reads, transaction);
    ASSERT_EQ(causes.size(), 1u);
    expect_update_of_second(causes[0], static_cast<wire::Attnum>(met));
    expect_update_of_second(cause_of(reads, transaction), static_cast<wire::Attnum>(met));
  }
}

TEST(Cause, OfATableSaysWhyNotRowByRow) {
  wire::Transaction transaction;
  transaction.tables = {{7, wire::TableReason::kTooManyChanges}};
  const wire::ReadSet reads = read_set();
  for (const Cause& cause : {causes_by_index(reads, transaction).at(0), cause_of(reads, transaction)}) {
    EXPECT_EQ(cause.kind, Cause::Kind::kTable);
    EXPECT_EQ(cause.reason, wire::TableReason::kTooManyChanges);
  }
}

TEST(Cause, OfDdlIsEverything) {
  wire::Transaction transaction;
  transaction.everything = transaction.ddl = true;
  const Cause cause = cause_of(read_set(), transaction);
  EXPECT_EQ(cause.kind, Cause::Kind::kEverything);
  EXPECT_TRUE(cause.ddl);
}

TEST(Cause, KeepsNoListOfHashes) {
  wire::ReadSet reads = read_set();
  wire::Atom in = equals(1, 11);
  in.kind = wire::AtomKind::kIn;
  reads.entries[0].alternatives.clear();
  reads.entries[0].fixed = {in};
  const Cause cause = causes_by_index(reads, update(11, 0)).at(0);
  EXPECT_TRUE(cause.row->matched.at(0).hashes.empty());
}

}  // namespace
}  // namespace freshet::live
