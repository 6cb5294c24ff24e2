#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "causes.h"
#include "live_query.h"

namespace freshet::fuzz {

struct Count {
  long checks = 0;
  long changed = 0;
  long hits = 0;
  long useful = 0;
  long missed = 0;
  long unknown = 0;  // useless, by a row whose old values nothing told
  long excused = 0;  // changed without a hit, but the run is flagged with what no stream reports

  void add(const Count& other);
  double known_precision() const {
    return hits == unknown ? 100.0
                           : 100.0 * static_cast<double>(useful) / static_cast<double>(hits - unknown);
  }
  double precision() const {
    return hits == 0 ? 100.0 : 100.0 * static_cast<double>(useful) / static_cast<double>(hits);
  }
};

// What the checks of a fuzz came to.
class Report {
 public:
  void check(const LiveQuery& query, const std::string& identity, const Count& outcome);
  // A hit that changed nothing, with the text of the change.
  void useless(const LiveQuery& query, const std::string& identity, const Reason& reason,
               const std::string& change);

  Count total() const;

  // Precision by group and identity, by form, and the causes of useless runs.
  void print(bool shapes, int examples) const;

 private:
  struct Useless {
    long count = 0;
    std::string example;
  };
  std::map<std::pair<Group, std::string>, Count> groups_;
  std::map<Form, Count> forms_;
  std::map<std::string, Count> shapes_;
  std::map<std::pair<std::string, Group>, long> causes_;
  std::map<std::string, Useless> examples_;
};

}  // namespace freshet::fuzz
