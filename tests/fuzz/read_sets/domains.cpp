#include "domains.h"

#include <map>
#include <stdexcept>

namespace freshet::fuzz {
namespace {

std::vector<std::string> numbers(int low, int high) {
  std::vector<std::string> values;
  for (int value = low; value <= high; ++value) values.push_back(std::to_string(value));
  return values;
}

// Each as a constant of the type.
std::vector<std::string> typed(const std::string& type, std::initializer_list<const char*> texts) {
  std::vector<std::string> values;
  for (const char* text : texts) values.push_back("'" + std::string(text) + "'::" + type);
  return values;
}

std::vector<std::string> hours() {
  std::vector<std::string> values;
  for (int hour = 0; hour <= 8; ++hour) {
    values.push_back("'2024-01-01 0" + std::to_string(hour) + ":00Z'::timestamptz");
  }
  return values;
}

// Out of line when stored: long texts that differ at their ends alone.
std::vector<std::string> bodies() {
  return {"'red fox'", "'blue fish'", "repeat('fox ', 1500)", "repeat('fox ', 1500) || 'blue'", "''"};
}

std::vector<Domain> all_domains() {
  std::vector<Domain> domains = {
      // Of the themes chat, parts, secure, tree and docs.
      {"c", "int", numbers(0, 4)},
      {"u", "int", numbers(0, 4)},
      {"n", "int", numbers(0, 5)},
      {"r", "int", numbers(1, 4)},
      {"i", "int", numbers(1, 40)},
      {"k", "int", numbers(1, 12)},
      {"s", "text", {"'a'", "'b'", "'A'", "'ab'", "''"}},
      {"d", "numeric", {"1", "1.0", "1.00", "2.5", "-3", "'NaN'::numeric"}},
      {"t", "timestamptz", hours()},
      {"b", "bool", {"true", "false"}},
      {"f", "float8", {"1", "1.5", "'-0'::float8", "0", "'NaN'::float8", "'-Infinity'::float8"}},
      {"day", "date", {"'2024-01-01'::date", "'2024-01-02'::date", "'2024-02-29'::date", "'infinity'::date"}},
      {"title", "text", {"'red fox'", "'Blue fish'", "'blue'", "'fox and fish'", "'reddish'", "''"}},
      {"word", "tsquery",
       typed("tsquery", {"fox", "fox & red", "fish | blue", "!fox", "re:*", "red <-> fox"})},
      {"like", "text", {"'%fox%'", "'re%'", "'%fish'", "'_lue'", "'%'"}},
      {"body", "text", bodies()},
      // Of the theme types, by column of sample.
      {"i2", "int2", typed("int2", {"0", "1", "-1", "2", "32767"})},
      {"i4", "int4", {"0", "1", "-1", "2", "2147483647"}},
      {"i8", "int8", typed("int8", {"0", "1", "-1", "2", "9007199254740993"})},
      {"num", "numeric", typed("numeric", {"1", "1.0", "1.00", "-3", "2.50", "NaN", "Infinity", "0"})},
      {"f4", "float4", typed("float4", {"1", "1.5", "NaN", "-0", "0", "-Infinity"})},
      {"f8", "float8", typed("float8", {"1", "1.5", "NaN", "-0", "0", "Infinity"})},
      {"txc", "text", {"'a'", "'b'", "'A'", "'ab'", "''", "'é'"}},
      {"txd", "text", {"'a'", "'b'", "'A'", "'ab'", "''", "'é'"}},
      {"txi", "text", {"'a'", "'b'", "'A'", "'ab'", "'AB'", "''"}},
      {"vc", "varchar", typed("varchar", {"a", "b", "A", "ab", "a "})},
      {"ch", "bpchar", typed("bpchar", {"a", "b", "a  ", "ab", ""})},
      {"ci", "citext", typed("citext", {"a", "b", "A", "ab", "AB"})},
      {"uid", "uuid",
       typed("uuid", {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-0000000000ff",
                      "f0000000-0000-0000-0000-000000000001"})},
      {"by", "bytea", typed("bytea", {"\\x", "\\x00", "\\x00ff", "\\xff"})},
      {"da", "date", typed("date", {"2024-01-01", "2024-01-02", "-infinity", "0044-03-15 BC"})},
      {"ti", "time", typed("time", {"00:00", "12:30:00.000001", "24:00"})},
      {"tt", "timetz", typed("timetz", {"12:00+00", "13:00+01", "12:00+01"})},
      {"ts", "timestamp", typed("timestamp", {"2024-01-01 00:00", "2024-01-01 00:00:00.5", "infinity"})},
      {"tz", "timestamptz",
       typed("timestamptz", {"2024-01-01 00:00Z", "2024-01-01 01:00+01", "2024-06-01 00:00Z"})},
      {"iv", "interval", typed("interval", {"1 month", "30 days", "720 hours", "-1 day", "0"})},
      {"bo", "bool", {"true", "false"}},
      {"mo", "fuzz.mood", typed("fuzz.mood", {"sad", "ok", "happy"})},
      {"dom", "fuzz.small", typed("fuzz.small", {"0", "1", "2", "-5"})},
      {"ia", "int[]", typed("int[]", {"{}", "{1}", "{1,2}", "{NULL}", "{2,1}", "{{1,2}}"})},
      {"ta", "text[]", typed("text[]", {"{}", "{a}", "{a,b}", "{NULL,a}"})},
      {"j", "jsonb",
       typed("jsonb", {"{}", R"({"k": "a"})", R"({"k": "b", "n": 1})", R"({"n": 1.0})", "[1, 2]", "null"})},
      {"rg", "int4range", typed("int4range", {"empty", "[1,3)", "[1,2]", "[2,)", "(,)"})},
      {"mr", "int4multirange", typed("int4multirange", {"{}", "{[1,3)}", "{[1,2),[4,6)}"})},
      {"ip", "inet", typed("inet", {"10.0.0.1", "10.0.0.1/24", "::1", "10.1.0.0/16"})},
      {"nt", "cidr", typed("cidr", {"10.0.0.0/8", "10.0.0.0/24", "::/0"})},
      {"mac", "macaddr", typed("macaddr", {"08:00:2b:01:02:03", "08:00:2b:01:02:04"})},
      {"pt", "fuzz.pair", {"ROW(1, 'a')::fuzz.pair", "ROW(1, NULL)::fuzz.pair", "ROW(2, 'a')::fuzz.pair"}},
      {"tv", "tsvector", typed("tsvector", {"a", "a b", "b:2 a:1", ""})},
      {"bt", "bit(4)", {"B'0000'", "B'0001'", "B'1000'"}},
      {"vb", "varbit", {"B'0'", "B'00'", "B'1'"}},
      {"cash", "money", typed("money", {"1", "2.50", "-1"})},
      {"oi", "oid", typed("oid", {"1", "2", "4294967295"})},
      {"nm", "name", typed("name", {"a", "b", "A"})},
      {"js", "json", typed("json", {"{}", "[1,  2]", "[1, 2]"})},
      {"xy", "point", typed("point", {"(0,0)", "(1,1)", "(0,2)"})},
  };
  return domains;
}

}  // namespace

const Domain& domain(const std::string& name) {
  static const auto kDomains = [] {
    std::map<std::string, Domain> by_name;
    for (Domain& each : all_domains()) by_name.emplace(each.name, std::move(each));
    return by_name;
  }();
  const auto at = kDomains.find(name);
  if (at == kDomains.end()) throw std::logic_error("no values are known by the name " + name);
  return at->second;
}

const std::vector<std::string>& sample_columns() {
  static const std::vector<std::string> kColumns = {
      "i2", "i4", "i8", "num", "f4",  "f8", "txc", "txd", "txi", "vc",   "ch", "ci", "uid",
      "by", "da", "ti", "tt",  "ts",  "tz", "iv",  "bo",  "mo",  "dom",  "ia", "ta", "j",
      "rg", "mr", "ip", "nt",  "mac", "pt", "tv",  "bt",  "vb",  "cash", "oi", "nm"};
  return kColumns;
}

std::string value_of(Random& random, const Domain& domain, int null_percent) {
  return chance(random, null_percent) ? "NULL" : one_of(random, domain.values);
}

}  // namespace freshet::fuzz
