#include <gtest/gtest.h>

#include <random>
#include <string>

#include "wire/assembler.h"
#include "wire/read_set.h"

namespace freshet::wire {
namespace {

Bytes bytes(const std::string& text) {
  return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// A message under construction.
struct Message {
  std::string text;
  ContainerSink<std::string> sink{text};
  Writer<ContainerSink<std::string>> out{sink};
  Message() { out.u8(kChangeSetVersion); }
  void tag(RecordTag tag) { out.u8(static_cast<std::uint8_t>(tag)); }
  void begin(Xid xid) {
    tag(RecordTag::kBegin);
    out.var(xid);
  }
  void insert(TableId table, std::uint64_t eq) {
    tag(RecordTag::kRow);
    out.var(table);
    out.u8('I');
    out.u8(0);
    out.var(0);
    out.var(1);
    out.var(7);
    out.u8(static_cast<std::uint8_t>(ValueState::kKnown));
    out.u8(kPartEq);
    out.u64(eq);
  }
  void whole(TableId table) {
    tag(RecordTag::kTable);
    out.var(table);
    out.u8(1);
  }
  void commit(Xid xid, std::uint64_t flags = 0) {
    tag(RecordTag::kCommit);
    out.var(xid);
    out.u64(11);
    out.i64(12);
    out.var(0);
    out.var(flags);
  }
};

TEST(Snapshot, SeesWhatPostgresSees) {
  const auto snapshot = Snapshot::parse("10:20:12,15");
  ASSERT_TRUE(snapshot.ok());
  EXPECT_TRUE(snapshot->sees(9));
  EXPECT_TRUE(snapshot->sees(10));
  EXPECT_FALSE(snapshot->sees(12));
  EXPECT_TRUE(snapshot->sees(13));
  EXPECT_FALSE(snapshot->sees(20));
  EXPECT_EQ(snapshot->text(), "10:20:12,15");
  EXPECT_TRUE(Snapshot::parse("4294967300:4294967300:")->sees(4294967299));
}

TEST(Snapshot, RefusesWhatPostgresNeverWrites) {
  for (const char* text : {"", "1", "1:2", "1:2:3:4", "5:4:", "0:1:", "10:20:12,", "10:20:15,12", "10:20:9",
                           "10:20:20", "a:b:", "10:20:12,12", "-1:2:"})
    EXPECT_FALSE(Snapshot::parse(text).ok()) << text;
}

TEST(SnapshotRow, HasFatesOrNone) {
  const auto row = parse_snapshot_row(
      R"({"snapshot":"3:5:","fates":[["3","c"],["4","i"]],"exported":"x","system":"7/1"})");
  ASSERT_TRUE(row.ok());
  ASSERT_TRUE(row->fates.has_value());
  EXPECT_EQ(row->fates->at(1).fate, Fate::kInProgress);
  EXPECT_EQ(row->exported, "x");
  EXPECT_FALSE(parse_snapshot_row(R"({"snapshot":"3:5:","fates":null})")->fates.has_value());
  EXPECT_FALSE(parse_snapshot_row(R"({"fates":[]})").ok());
  EXPECT_FALSE(parse_snapshot_row(R"({"snapshot":"3:5:","fates":[["3","x"]]})").ok());
}

TEST(Assembler, PutsATransactionTogetherOverMessages) {
  Assembler assembler;
  Message first, second;
  first.begin(42);
  first.insert(1, 100);
  second.insert(2, 200);
  second.commit(42);
  EXPECT_TRUE(assembler.feed(bytes(first.text))->empty());
  const auto items = assembler.feed(bytes(second.text));
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1u);
  const auto& transaction = std::get<Transaction>(items->front());
  EXPECT_EQ(transaction.xid, 42u);
  ASSERT_EQ(transaction.rows.size(), 2u);
  EXPECT_EQ(transaction.new_tuple(transaction.rows[1])[0].eq, 200u);
}

TEST(Assembler, AnUnexplainedCatalogChangeIsEverything) {
  for (const auto& [flags, everything] :
       {std::pair{std::uint64_t{1}, true}, {3, false}, {5, false}, {0, false}}) {
    Message message;
    message.begin(1);
    message.commit(1, flags);
    EXPECT_EQ(std::get<Transaction>(Assembler().feed(bytes(message.text))->front()).everything, everything)
        << flags;
  }
}

TEST(Assembler, ALargeTransactionBecomesTableWide) {
  Assembler assembler({.max_bytes = 10'000, .max_tables = 10, .max_subxids = 10});
  Message message;
  message.begin(1);
  for (int i = 0; i < 1'000; ++i) message.insert(3, 1);
  message.commit(1);
  const auto items = assembler.feed(bytes(message.text));
  const auto& transaction = std::get<Transaction>(items->front());
  EXPECT_TRUE(transaction.rows.empty());
  ASSERT_EQ(transaction.tables.size(), 1u);
  EXPECT_EQ(transaction.tables[0].table, 3u);
  EXPECT_EQ(transaction.tables[0].reason, TableReason::kTooManyChanges);
}

TEST(Assembler, RefusesRecordsOutOfPlace) {
  Message row_outside, begin_inside, other_commit;
  row_outside.insert(1, 1);
  begin_inside.begin(1);
  begin_inside.begin(2);
  other_commit.begin(1);
  other_commit.commit(2);
  for (const Message* message : {&row_outside, &begin_inside, &other_commit})
    EXPECT_FALSE(Assembler().feed(bytes(message->text)).ok());
}

TEST(Assembler, NoBytesMakeItReadBeyondThem) {
  Message message;
  message.begin(42);
  message.insert(1, 100);
  message.whole(9);
  message.commit(42);
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    std::string text = message.text.substr(0, random() % (message.text.size() + 1));
    for (std::size_t flips = random() % 3; flips > 0 && !text.empty(); --flips)
      text[random() % text.size()] = static_cast<char>(random());
    (void)Assembler().feed(bytes(text)).ok();
    (void)decode_read_set(bytes(text)).ok();
  }
}

TEST(ReadSet, FlagsOfALaterVersionMeanEverything) {
  std::string text;
  ContainerSink sink(text);
  Writer out(sink);
  out.u8(kReadSetVersion);
  out.var(1u << 20);
  out.var(0);
  EXPECT_TRUE(decode_read_set(bytes(text))->everything());
}

TEST(ReadSet, TheSmallestEntryFits) {
  const std::string text{1, 0, 1, 5, 2, 0, 0};
  const auto read_set = decode_read_set(bytes(text));
  ASSERT_TRUE(read_set.ok());
  EXPECT_EQ(read_set->entries.at(0).table, 5u);
  EXPECT_TRUE(read_set->entries[0].all_columns());
}

}  // namespace
}  // namespace freshet::wire
