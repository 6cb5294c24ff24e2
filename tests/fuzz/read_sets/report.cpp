#include "report.h"

#include <algorithm>
#include <cstdio>

#include "identity.h"

namespace freshet::fuzz {
namespace {

// What precision is to be reached, in percent; 0 for none.
int target_of(Group group) {
  static constexpr int kTargets[kGroups] = {97, 92, 92, 80, 70, 75, 70, 65, 60, 50, 90, 0, 0};
  return kTargets[static_cast<int>(group)];
}

void print_count(const std::string& name, const Count& count) {
  std::printf("%-22s %9ld %8ld %8ld %8ld %8.1f%% %6.1f%% %6ld\n", name.c_str(), count.checks, count.changed,
              count.hits, count.useful, count.precision(), count.known_precision(), count.missed);
}

void print_head(const char* name) {
  std::printf("\n%-22s %9s %8s %8s %8s %9s %7s %6s\n", name, "checks", "changed", "hits", "useful",
              "precision", "known", "missed");
}

}  // namespace

void Count::add(const Count& other) {
  checks += other.checks;
  changed += other.changed;
  hits += other.hits;
  useful += other.useful;
  missed += other.missed;
  unknown += other.unknown;
  excused += other.excused;
}

void Report::check(const LiveQuery& query, const std::string& identity, const Count& outcome) {
  groups_[{query.group, identity}].add(outcome);
  forms_[query.form].add(outcome);
  shapes_[query.shape].add(outcome);
}

void Report::useless(const LiveQuery& query, const std::string& identity, const Reason& reason,
                     const std::string& change) {
  const std::string cause = std::string(name_of(reason.cause)) + (reason.whole ? ", no condition" : "");
  ++causes_[{cause, query.group}];
  if (reason.cause == Cause::kNoIdentity) {
    Count unknown;
    unknown.unknown = 1;
    check(query, identity, unknown);
  }
  Useless& useless = examples_[cause + "\t" + name_of(query.group) + "\t" + query.shape];
  ++useless.count;
  // The shortest of its kind.
  const std::string example = "[" + change + "] " + query.text + " {" + query.setting + "} " + identity +
                              (query.function.empty() ? "" : " " + query.function);
  if (useless.example.empty() || example.size() < useless.example.size()) useless.example = example;
}

Count Report::total() const {
  Count total;
  for (const auto& [form, count] : forms_) total.add(count);
  return total;
}

void Report::print(bool shapes, int examples) const {
  if (shapes) {
    print_head("shape");
    for (const auto& [shape, count] : shapes_) print_count(shape, count);
  }
  print_head("form");
  for (const auto& [form, count] : forms_) print_count(name_of(form), count);
  print_head("group");
  for (int i = 0; i < kGroups; ++i) {
    const Group group = static_cast<Group>(i);
    Count sum;
    for (const auto& [key, count] : groups_)
      if (key.first == group) sum.add(count);
    if (sum.checks > 0) print_count(name_of(group), sum);
  }
  print_count("total", total());

  std::printf("\n%-22s %7s", "known, percent (hits)", "target");
  for (const std::string& identity : identities()) std::printf(" %12s", identity.c_str());
  std::printf("\n");
  std::map<std::string, Count> by_identity;
  for (int i = 0; i < kGroups; ++i) {
    const Group group = static_cast<Group>(i);
    const int target = target_of(group);
    std::printf("%-22s %7s", name_of(group), target == 0 ? "" : std::to_string(target).c_str());
    for (const std::string& identity : identities()) {
      const auto at = groups_.find({group, identity});
      if (at == groups_.end()) {
        std::printf(" %12s", "-");
        continue;
      }
      by_identity[identity].add(at->second);
      std::printf(" %5.1f (%4ld)", at->second.known_precision(), at->second.hits);
    }
    std::printf("\n");
  }
  std::printf("%-22s %7s", "total", "");
  for (const std::string& identity : identities())
    std::printf(" %5.1f (%4ld)", by_identity[identity].known_precision(), by_identity[identity].hits);
  std::printf("\n\nuseless runs by cause\n");

  std::map<std::string, long> sums;
  for (const auto& [key, count] : causes_) sums[key.first] += count;
  std::vector<std::pair<long, std::string>> causes;
  for (const auto& [cause, count] : sums) causes.emplace_back(count, cause);
  std::sort(causes.rbegin(), causes.rend());
  for (const auto& [count, cause] : causes) {
    std::vector<std::pair<long, Group>> parts;
    for (const auto& [key, part] : causes_)
      if (key.first == cause) parts.emplace_back(part, key.second);
    std::sort(parts.rbegin(), parts.rend());
    std::printf("%7ld  %-32s", count, cause.c_str());
    for (std::size_t i = 0; i < parts.size(); ++i)
      std::printf("%s %s %ld", i == 0 ? "" : ";", name_of(parts[i].second), parts[i].first);
    std::printf("\n");
  }

  std::vector<std::pair<long, const std::string*>> most;
  for (const auto& [key, useless] : examples_) most.emplace_back(useless.count, &key);
  std::sort(most.rbegin(), most.rend());
  for (std::size_t i = 0; i < std::min<std::size_t>(most.size(), static_cast<std::size_t>(examples)); ++i)
    std::printf("CAUSE\t%ld\t%s\t%s\n", most[i].first, most[i].second->c_str(),
                examples_.at(*most[i].second).example.c_str());
}

}  // namespace freshet::fuzz
