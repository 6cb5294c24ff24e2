#include "registry/error_schema.h"

#include "call/json_write.h"

namespace freshet {
namespace {

constexpr char kNoDetails[] = "";
constexpr char kProblems[] =
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},"
    "\"expected\":{\"type\":\"string\"},\"got\":{\"type\":\"string\"}},"
    "\"required\":[\"path\",\"expected\",\"got\"]}}";
constexpr char kConstraint[] =
    "{\"type\":\"object\",\"properties\":{\"constraint\":{\"type\":\"string\"},\"table\":{\"type\":"
    "\"string\"},"
    "\"column\":{\"type\":\"string\"},\"argument\":{\"type\":\"string\"}}}";
constexpr char kColumn[] =
    "{\"type\":\"object\",\"properties\":{\"column\":{\"type\":\"string\"},\"path\":{\"type\":\"string\"}}}";
constexpr char kRetryAfter[] =
    "{\"type\":\"object\",\"properties\":{\"retry_after_ms\":{\"type\":\"integer\"}}}";
constexpr char kReason[] = "{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\"}}}";

enum class GivenBy : uint8 { kAll, kQueries, kMutations };

struct CodeSchema {
  const char* code;
  GivenBy given_by;
  bool retryable;
  const char* details;  // present when not kNoDetails, but never required: a message may know less
};

// The closed list without `protocol`, which no call gives, and `application`, which is written apart.
const CodeSchema kCodes[] = {
    {"invalid_arguments", GivenBy::kAll, false, kProblems},
    {"not_found", GivenBy::kAll, false, kNoDetails},
    {"unauthenticated", GivenBy::kAll, false, kReason},
    {"forbidden", GivenBy::kAll, false, kNoDetails},
    {"conflict", GivenBy::kMutations, false, kConstraint},
    {"constraint_violation", GivenBy::kMutations, false, kConstraint},
    {"read_only", GivenBy::kQueries, false, kNoDetails},
    {"serialization_failure", GivenBy::kMutations, true, kNoDetails},
    {"deadline_exceeded", GivenBy::kAll, true, kNoDetails},
    {"rate_limited", GivenBy::kAll, true, kRetryAfter},
    {"overloaded", GivenBy::kAll, true, kNoDetails},
    {"too_large", GivenBy::kAll, false, kNoDetails},
    {"out_of_range", GivenBy::kAll, false, kColumn},
    {"invalid_cursor", GivenBy::kQueries, false, kNoDetails},
    {"order_not_unique", GivenBy::kQueries, false, kNoDetails},
    {"outcome_unknown", GivenBy::kMutations, false, kNoDetails},
    {"schema_changed", GivenBy::kAll, true, kNoDetails},
    {"contract_mismatch", GivenBy::kAll, false, kColumn},
    {"internal", GivenBy::kAll, false, kNoDetails},
};

void append_error(StringInfo out, const char* code, bool retryable, const char* details) {
  appendStringInfo(out,
                   "{\"type\":\"object\",\"properties\":{\"code\":{\"const\":\"%s\"},\"message\":{\"type\":"
                   "\"string\"},\"retryable\":{\"const\":%s},\"id\":{\"type\":\"string\"}",
                   code, retryable ? "true" : "false");
  if (*details != '\0') appendStringInfo(out, ",\"details\":%s", details);
  appendStringInfoString(out, "},\"required\":[\"code\",\"message\",\"retryable\"]}");
}

char* application_details(const Function* function) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"");
  const PallocVector<char*>& codes = function->row.errors;
  for (int i = 0; i < codes.size; i++) {
    appendStringInfoString(&out, i == 0 ? ",\"enum\":[" : ",");
    append_json_string(&out, codes[i], strlen(codes[i]));
  }
  if (codes.size > 0) appendStringInfoChar(&out, ']');
  appendStringInfoString(&out, "},\"data\":{}},\"required\":[\"code\"]}");
  return out.data;
}

}  // namespace

void append_error_schema(StringInfo out, const Function* function) {
  GivenBy kind = function->row.kind == FunctionKind::kMutation ? GivenBy::kMutations : GivenBy::kQueries;
  appendStringInfoString(out, "{\"oneOf\":[");
  for (const CodeSchema& entry : kCodes) {
    if (entry.given_by != GivenBy::kAll && entry.given_by != kind) continue;
    append_error(out, entry.code, entry.retryable, entry.details);
    appendStringInfoChar(out, ',');
  }
  append_error(out, "application", false, application_details(function));
  appendStringInfoString(out, "]}");
}

}  // namespace freshet
