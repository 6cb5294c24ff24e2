#include "shape/total_functions.h"

#include "shape/expression.h"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// Alphabetical. Missing on purpose: what gives NULL for some values, as lower(range), array_length('{}'),
// substring(text, pattern), to_char(infinity), jsonb -> key, nullif, scale(NaN).
const char* const kTotal[] = {"abs",
                              "acos",
                              "age",
                              "array_append",
                              "array_cat",
                              "array_fill",
                              "array_positions",
                              "array_prepend",
                              "array_remove",
                              "array_replace",
                              "array_to_json",
                              "array_to_string",
                              "ascii",
                              "asin",
                              "atan",
                              "atan2",
                              "bit_count",
                              "bit_length",
                              "broadcast",
                              "btrim",
                              "cardinality",
                              "cbrt",
                              "ceil",
                              "ceiling",
                              "char_length",
                              "character_length",
                              "chr",
                              "convert_from",
                              "convert_to",
                              "cos",
                              "cot",
                              "crypt",
                              "currval",
                              "date",
                              "date_bin",
                              "date_trunc",
                              "decode",
                              "degrees",
                              "div",
                              "encode",
                              "exp",
                              "factorial",
                              "family",
                              "float4",
                              "float8",
                              "floor",
                              "format",
                              "gcd",
                              "get_bit",
                              "get_byte",
                              "hashtext",
                              "host",
                              "hostmask",
                              "initcap",
                              "int2",
                              "int4",
                              "int8",
                              "isempty",
                              "isfinite",
                              "json_array_length",
                              "json_typeof",
                              "jsonb_array_length",
                              "jsonb_insert",
                              "jsonb_pretty",
                              "jsonb_set",
                              "jsonb_typeof",
                              "justify_days",
                              "justify_hours",
                              "justify_interval",
                              "lcm",
                              "left",
                              "length",
                              "ln",
                              "log",
                              "log10",
                              "lower_inc",
                              "lower_inf",
                              "lpad",
                              "ltrim",
                              "make_date",
                              "make_interval",
                              "make_time",
                              "make_timestamp",
                              "make_timestamptz",
                              "masklen",
                              "md5",
                              "mod",
                              "multirange",
                              "netmask",
                              "network",
                              "nextval",
                              "normalize",
                              "num_nonnulls",
                              "num_nulls",
                              "numeric",
                              "numnode",
                              "octet_length",
                              "overlay",
                              "phraseto_tsquery",
                              "pi",
                              "plainto_tsquery",
                              "position",
                              "pow",
                              "power",
                              "quote_ident",
                              "quote_literal",
                              "radians",
                              "range_merge",
                              "regexp_count",
                              "regexp_instr",
                              "regexp_like",
                              "regexp_replace",
                              "regexp_split_to_array",
                              "repeat",
                              "replace",
                              "reverse",
                              "right",
                              "round",
                              "rpad",
                              "rtrim",
                              "setval",
                              "setweight",
                              "sha224",
                              "sha256",
                              "sha384",
                              "sha512",
                              "sign",
                              "sin",
                              "split_part",
                              "sqrt",
                              "starts_with",
                              "string_to_array",
                              "strip",
                              "strpos",
                              "substr",
                              "tan",
                              "text",
                              "timezone",
                              "to_date",
                              "to_hex",
                              "to_json",
                              "to_jsonb",
                              "to_number",
                              "to_timestamp",
                              "to_tsquery",
                              "to_tsvector",
                              "translate",
                              "trim_array",
                              "trim_scale",
                              "trunc",
                              "ts_headline",
                              "ts_rank",
                              "ts_rank_cd",
                              "unistr",
                              "upper_inc",
                              "upper_inf",
                              "websearch_to_tsquery",
                              "width_bucket",
                              nullptr};

// For texts only: the range functions of these names give NULL without a bound, a pattern may not match.
const char* const kTotalForText[] = {"lower", "upper", nullptr};

const char* const kNeverNull[] = {"clock_timestamp",
                                  "concat",
                                  "gen_random_uuid",
                                  "now",
                                  "num_nonnulls",
                                  "num_nulls",
                                  "pg_backend_pid",
                                  "quote_nullable",
                                  "random",
                                  "statement_timestamp",
                                  "timeofday",
                                  "transaction_timestamp",
                                  "pg_current_xact_id",
                                  "txid_current",
                                  "uuidv4",
                                  "uuidv7",
                                  "version",
                                  nullptr};

const char* const kRanges[] = {"int4range", "int8range", "numrange", "tsrange",
                               "tstzrange", "daterange", nullptr};

// Parts of a time that infinity has, too; of the others infinity gives NULL.
const char* const kMonotonic[] = {"century", "decade",     "epoch", "isoyear",
                                  "julian",  "millennium", "year",  nullptr};

Oid argument_type(const FuncExpr* call, int index) {
  return list_length(call->args) > index ? exprType(static_cast<Node*>(list_nth(call->args, index)))
                                         : InvalidOid;
}

bool is_text(Oid type) {
  Oid base = getBaseType(type);
  return base == TEXTOID || base == VARCHAROID || base == BPCHAROID;
}

bool is_number(Oid type) {
  Oid base = getBaseType(type);
  return base == INT2OID || base == INT4OID || base == INT8OID || base == FLOAT4OID || base == FLOAT8OID ||
         base == NUMERICOID;
}

bool is_total_extract(const FuncExpr* call) {
  char* field = constant_text(static_cast<Node*>(linitial(call->args)));
  if (field == nullptr) return false;
  Oid type = argument_type(call, 1);
  return type == TIMEOID || is_one_of(field, kMonotonic);
}

}  // namespace

bool is_never_null_function(const char* name) { return is_one_of(name, kNeverNull); }

bool is_total_function(const FuncExpr* call, const char* name) {
  if (is_one_of(name, kTotal) || is_one_of(name, kRanges)) return true;
  if (is_one_of(name, kTotalForText)) return is_text(argument_type(call, 0));
  if (strcmp(name, "substring") == 0) return list_length(call->args) > 1 && is_number(argument_type(call, 1));
  if (strcmp(name, "to_char") == 0) return is_number(argument_type(call, 0));
  if (strcmp(name, "concat_ws") == 0) return true;
  if (strcmp(name, "current_setting") == 0) return list_length(call->args) == 1;
  if (strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0) return is_total_extract(call);
  return false;
}

bool is_total_cast(const FuncExpr* call) {
  Oid from = getBaseType(argument_type(call, 0));
  // Infinity has no time of day; null in json is NULL outside of it.
  if (call->funcresulttype == TIMEOID || call->funcresulttype == TIMETZOID)
    return from != TIMESTAMPOID && from != TIMESTAMPTZOID;
  return from != JSONBOID && from != JSONOID;
}

bool is_total_operator(Oid operation, List* arguments) {
  static const char* const kNames[] = {
      "=",  "<>", "<",   ">",   "<=",   ">=", "+",  "-",  "*",   "/",  "%",  "^",  "||",  "|/",  "||/",
      "@",  "~~", "!~~", "~~*", "!~~*", "~",  "!~", "~*", "!~*", "@>", "<@", "&&", "&",   "|",   "#",
      "<<", ">>", "&<",  "&>",  "-|-",  "^@", "@@", "!!", "<->", "?",  "?|", "?&", ">>=", "<<=", nullptr};
  if (!is_builtin(get_opcode(operation)) || !is_one_of(get_opname(operation), kNames)) return false;
  ListCell* cell;
  foreach (cell, arguments) {
    char category;
    bool preferred;
    get_type_category_preferred(exprType(static_cast<Node*>(lfirst(cell))), &category, &preferred);
    if (category == TYPCATEGORY_GEOMETRIC) return false;
    Oid type = getBaseType(exprType(static_cast<Node*>(lfirst(cell))));
    if (type == JSONBOID && strcmp(get_opname(operation), "@@") == 0) return false;
  }
  return true;
}

}  // namespace freshet
