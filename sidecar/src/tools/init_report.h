#pragma once

#include <string>
#include <vector>

#include "tools/init_facts.h"

namespace freshet::tools {

// What live queries can expect of a table.
enum class Liveness : std::uint8_t {
  kRows,      // each change is matched against what queries read
  kInserts,   // so are inserts; an UPDATE or DELETE runs all queries of the table again
  kWhole,     // any change runs all queries of the table again
  kPolled,    // no change stream reports it: asked again every few seconds
  kByTables,  // a view: as the tables below it
};

Liveness liveness_of(const TableFacts& table);

// Something to know of a table or sequence, and what to type about it; empty: nothing is to be typed.
struct Advice {
  std::string subject;
  std::string message;
  std::string remedy;
};

std::vector<Advice> advice_for(const DatabaseFacts& facts);

std::string report_text(const DatabaseFacts& facts);
std::string report_json(const DatabaseFacts& facts);

}  // namespace freshet::tools
