// freshet.read_set_json: a read set for people and tests. Decodes the bytes again, so that what it shows is
// what the gateway gets.
#include "freshet_wire/bytes.hpp"
#include "freshet_wire/read_set.hpp"

#include "row_key/expression_column.h"

#include "compat.h"

extern "C" {
#include "access/htup_details.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/bitmapset.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
}

namespace freshet::read_set {
namespace {

constexpr const char* kFlagNames[] = {"everything",  "clock",     "volatile",  "catalog",
                                      "foreign",     "unlogged",  "temporary", "system_column",
                                      "sample",      "row_marks", "utility",   "parallel",
                                      "custom_scan", "setting",   "tid_scan",  "void"};

struct Reader {
  wire::Cursor* in;
  StringInfo out;
  Oid table;
};

void put_text(StringInfo out, const char* text) { escape_json(out, text); }

void put_hex(StringInfo out, wire::Bytes bytes) {
  appendStringInfoChar(out, '"');
  for (const std::uint8_t byte : bytes) appendStringInfo(out, "%02x", byte);
  appendStringInfoChar(out, '"');
}

void put_hash(StringInfo out, std::uint64_t hash) {
  appendStringInfo(out, "\"%016llx\"", static_cast<unsigned long long>(hash));
}

// How the index that has the expression spells it, or NULL.
const char* expression_text(Oid table, std::uint64_t id) {
  Relation relation = RelationIdGetRelation(table);
  if (!RelationIsValid(relation)) return nullptr;
  ExpressionColumn* columns;
  const int count = expression_columns(relation, false, &columns);
  const char* text = nullptr;
  for (int i = 0; i < count && text == nullptr; i++) {
    if (columns[i].id != id) continue;
    List* names = deparse_context_for(RelationGetRelationName(relation), table);
    text = deparse_expression(columns[i].expression, names, false, false);
  }
  RelationClose(relation);
  return text;
}

void put_column(const Reader& reader, std::uint64_t attnum) {
  const char* name = attnum > kMaxAttribute
                         ? expression_text(reader.table, attnum)
                         : get_attname(reader.table, static_cast<AttrNumber>(attnum), true);
  put_text(reader.out, name != nullptr ? name : psprintf("%llu", static_cast<unsigned long long>(attnum)));
}

void put_table(StringInfo out, Oid table) {
  const char* name = get_rel_name(table);
  if (name == nullptr) {
    put_text(out, psprintf("%u", table));
    return;
  }
  put_text(out, quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name));
}

void put_range(const Reader& reader) {
  const std::uint8_t flags = reader.in->u8();
  const wire::Bytes lo = (flags & wire::kRangeHasLo) != 0 ? reader.in->bytes() : wire::Bytes();
  const wire::Bytes hi = (flags & wire::kRangeHasHi) != 0 ? reader.in->bytes() : wire::Bytes();
  if ((flags & wire::kRangeHasLo) != 0) {
    appendStringInfoString(reader.out, (flags & wire::kRangeLoInclusive) != 0 ? ", \">=\": " : ", \">\": ");
    put_hex(reader.out, lo);
  }
  if ((flags & wire::kRangeHasHi) != 0) {
    appendStringInfoString(reader.out, (flags & wire::kRangeHiInclusive) != 0 ? ", \"<=\": " : ", \"<\": ");
    put_hex(reader.out, hi);
  }
  if ((flags & wire::kRangeNullMatches) != 0) appendStringInfoString(reader.out, ", \"or_null\": true");
}

// A test: the columns that it names, and the expression as it stands there. Whoever calls may have written
// it, so that it is looked through as text and never made a tree of.
void put_test(const Reader& reader, wire::Bytes bytes) {
  constexpr char kColumn[] = ":varattno ";
  const char* text = pnstrdup(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Bitmapset* columns = nullptr;
  for (const char* at = text; (at = strstr(at, kColumn)) != nullptr;) {
    at += strlen(kColumn);
    const long column = strtol(at, nullptr, 10);
    if (column >= 1 && column <= MaxHeapAttributeNumber)
      columns = bms_add_member(columns, static_cast<int>(column));
  }
  appendStringInfoString(reader.out, "{\"test\": [");
  const char* between = "";
  for (int column = -1; (column = bms_next_member(columns, column)) >= 0; between = ", ") {
    appendStringInfoString(reader.out, between);
    put_column(reader, static_cast<std::uint64_t>(column));
  }
  appendStringInfoString(reader.out, "]");
  if (pg_verifymbstr(text, static_cast<int>(strlen(text)), true)) {
    appendStringInfoString(reader.out, ", \"expression\": ");
    put_text(reader.out, text);
  }
  appendStringInfoChar(reader.out, '}');
}

void put_atom(const Reader& reader) {
  const std::uint64_t column = reader.in->var();
  const wire::AtomKind kind = static_cast<wire::AtomKind>(reader.in->u8());
  if (kind == wire::AtomKind::kTest) {
    put_test(reader, reader.in->bytes());
    return;
  }
  appendStringInfoString(reader.out, "{\"column\": ");
  put_column(reader, column);
  switch (kind) {
    case wire::AtomKind::kEq:
      appendStringInfoString(reader.out, ", \"eq\": ");
      put_hash(reader.out, reader.in->u64());
      break;
    case wire::AtomKind::kIn: {
      appendStringInfoString(reader.out, ", \"in\": [");
      const std::uint64_t count = reader.in->count(8);
      for (std::uint64_t i = 0; i < count && reader.in->ok(); i++) {
        if (i > 0) appendStringInfoString(reader.out, ", ");
        put_hash(reader.out, reader.in->u64());
      }
      appendStringInfoChar(reader.out, ']');
      break;
    }
    case wire::AtomKind::kRange:
      put_range(reader);
      break;
    case wire::AtomKind::kIsNull:
      appendStringInfoString(reader.out, ", \"null\": true");
      break;
    case wire::AtomKind::kIsNotNull:
      appendStringInfoString(reader.out, ", \"null\": false");
      break;
    case wire::AtomKind::kNever:
      appendStringInfoString(reader.out, ", \"never\": true");
      break;
    default:
      reader.in->fail();
  }
  appendStringInfoChar(reader.out, '}');
}

void put_conj(const Reader& reader) {
  appendStringInfoChar(reader.out, '[');
  const std::uint64_t count = reader.in->count(2);
  for (std::uint64_t i = 0; i < count && reader.in->ok(); i++) {
    if (i > 0) appendStringInfoString(reader.out, ", ");
    put_atom(reader);
  }
  appendStringInfoChar(reader.out, ']');
}

void put_fingerprints(const Reader& reader) {
  const std::uint64_t columns = reader.in->count(1);
  appendStringInfoString(reader.out, ", \"fingerprints\": {\"columns\": [");
  for (std::uint64_t i = 0; i < columns && reader.in->ok(); i++) {
    if (i > 0) appendStringInfoString(reader.out, ", ");
    put_column(reader, reader.in->var());
  }
  const std::uint64_t rows = reader.in->count(16 + 16 * columns);
  for (std::uint64_t i = 0; i < rows && reader.in->ok(); i++) reader.in->take(16 + 16 * columns);
  appendStringInfo(reader.out, "], \"rows\": %llu}", static_cast<unsigned long long>(rows));
}

void put_entry(wire::Cursor* in, StringInfo out) {
  const Reader reader{in, out, static_cast<Oid>(in->var())};
  const std::uint8_t flags = in->u8();
  appendStringInfoString(out, "{\"table\": ");
  put_table(out, reader.table);
  appendStringInfoString(out, ", \"columns\": ");
  if ((flags & wire::kEntryAllColumns) != 0) {
    appendStringInfoString(out, "\"all\"");
  } else {
    appendStringInfoChar(out, '[');
    const std::uint64_t count = in->count(1);
    for (std::uint64_t i = 0; i < count && in->ok(); i++) {
      if (i > 0) appendStringInfoString(out, ", ");
      put_column(reader, in->var());
    }
    appendStringInfoChar(out, ']');
  }
  if ((flags & wire::kEntryOrderDependent) != 0) appendStringInfoString(out, ", \"order_dependent\": true");
  appendStringInfoString(out, ", \"where\": ");
  put_conj(reader);
  const std::uint64_t alternatives = in->count(1);
  if (alternatives > 0) appendStringInfoString(out, ", \"any_of\": [");
  for (std::uint64_t i = 0; i < alternatives && in->ok(); i++) {
    if (i > 0) appendStringInfoString(out, ", ");
    put_conj(reader);
  }
  if (alternatives > 0) appendStringInfoChar(out, ']');
  if ((flags & wire::kEntryFingerprints) != 0) put_fingerprints(reader);
  appendStringInfoChar(out, '}');
}

bool put_read_set(wire::Cursor* in, StringInfo out) {
  if (in->u8() != wire::kReadSetVersion) return false;
  const std::uint64_t flags = in->var();
  appendStringInfoString(out, "{\"flags\": [");
  bool first = true;
  for (std::size_t i = 0; i < lengthof(kFlagNames); i++) {
    if ((flags >> i & 1) == 0) continue;
    if (!first) appendStringInfoString(out, ", ");
    put_text(out, kFlagNames[i]);
    first = false;
  }
  appendStringInfoString(out, "], \"entries\": [");
  const std::uint64_t count = in->count(4);
  for (std::uint64_t i = 0; i < count && in->ok(); i++) {
    CHECK_FOR_INTERRUPTS();
    if (i > 0) appendStringInfoString(out, ", ");
    put_entry(in, out);
  }
  appendStringInfoString(out, "]}");
  return in->ok() && in->at_end();
}

}  // namespace
}  // namespace freshet::read_set

FRESHET_FUNCTION(freshet_read_set_json) {
  const bytea* bytes = PG_GETARG_BYTEA_PP(0);
  freshet::wire::Cursor in({reinterpret_cast<const std::uint8_t*>(VARDATA_ANY(bytes)),
                            static_cast<std::size_t>(VARSIZE_ANY_EXHDR(bytes))});
  StringInfoData json;
  initStringInfo(&json);
  if (!freshet::read_set::put_read_set(&in, &json)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("not a read set of version 1")));
  }
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}
