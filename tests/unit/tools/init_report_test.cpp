#include "tools/init_report.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

TableFacts plain() {
  TableFacts table;
  table.name = "app.t";
  table.kind = "r";
  table.persistence = "p";
  table.identity = "d";
  table.primary_key = "id";
  return table;
}

TEST(InitReport, SaysWhatOldRowsAreKnown) {
  TableFacts table = plain();
  EXPECT_EQ(liveness_of(table), Liveness::kRows);
  table.primary_key.clear();
  EXPECT_EQ(liveness_of(table), Liveness::kInserts);
  table.identity = "f";
  EXPECT_EQ(liveness_of(table), Liveness::kRows);
  table.identity = "n";
  EXPECT_EQ(liveness_of(table), Liveness::kInserts);
  table.identity = "i";
  EXPECT_EQ(liveness_of(table), Liveness::kInserts);  // the index is gone
  table.identity_index = "code";
  EXPECT_EQ(liveness_of(table), Liveness::kRows);
}

TEST(InitReport, SaysWhatNoStreamReports) {
  TableFacts table = plain();
  table.persistence = "u";
  EXPECT_EQ(liveness_of(table), Liveness::kPolled);
  table.kind = "f";
  table.persistence = "p";
  EXPECT_EQ(liveness_of(table), Liveness::kPolled);
  table.kind = "v";
  EXPECT_EQ(liveness_of(table), Liveness::kByTables);
  table.kind = "m";
  EXPECT_EQ(liveness_of(table), Liveness::kWhole);
}

TEST(InitReport, APartitionedTableIsAsItsPartitionsAre) {
  TableFacts table = plain();
  table.kind = "p";
  table.partitions = 3;
  EXPECT_EQ(liveness_of(table), Liveness::kRows);
  table.partitions_without_identity = 1;
  EXPECT_EQ(liveness_of(table), Liveness::kInserts);
  DatabaseFacts facts;
  facts.tables = {table};
  EXPECT_NE(advice_for(facts).at(0).message.find("1 of 3 partitions"), std::string::npos);
}

TEST(InitReport, NamesTheIndexThatCouldIdentify) {
  TableFacts table = plain();
  table.primary_key.clear();
  table.usable_index = "t_code";
  DatabaseFacts facts;
  facts.tables = {table};
  EXPECT_EQ(advice_for(facts).at(0).remedy, "ALTER TABLE app.t REPLICA IDENTITY USING INDEX t_code;");
}

TEST(InitReport, WarnsOfSequencesFarOn) {
  DatabaseFacts facts;
  facts.sequences = {{"app.a", "app.t.id", "bigint", 5'000'000'000'000'000},
                     {"app.b", "", "integer", 2'000'000'000},
                     {"app.c", "", "bigint", 3'000'000'000}};
  const auto advice = advice_for(facts);
  ASSERT_EQ(advice.size(), 2u);
  EXPECT_EQ(advice[0].subject, "app.t.id");
  EXPECT_EQ(advice[1].subject, "app.b");
}

}  // namespace
}  // namespace freshet::tools
