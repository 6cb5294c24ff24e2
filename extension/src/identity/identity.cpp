#include "identity/identity.h"

#include "call/json_read.h"
#include "call/json_write.h"
#include "call/palloc_vector.h"
#include "errors.h"
#include "identity/folding.h"
#include "mutant.h"

extern "C" {
#include "access/xact.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
}

namespace freshet {
namespace {

constexpr bool kMutantFoldedKept = FRESHET_MUTANT_IS(FOLDED_IDENTITY_KEPT);
constexpr bool kMutantNamedUnrecorded = FRESHET_MUTANT_IS(CURSOR_CLAIMS_UNRECORDED);
constexpr bool kMutantAbsentUnrecorded = FRESHET_MUTANT_IS(ABSENT_CLAIM_UNRECORDED);

struct Run {
  bool open;
  bool assumed;
  MemoryContext context;  // child of TopMemoryContext; holds all below
  JsonValue identity;     // kNull: anonymous
  PallocVector<const char*> read;
  bool read_all;
  bool in_plan;
  TimestampTz now;
  bool now_read;
  bool expires;
  TimestampTz valid_until;
};

Run run;
bool plans_suspect;
bool hooks_installed;

// These change with every token of the same user, so they would keep equal users from sharing.
const char* const kNotIdentity[] = {"exp", "iat", "nbf", "jti"};

void close_at_end(XactEvent event, void*) {
  if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE ||
      event == XACT_EVENT_PARALLEL_ABORT || event == XACT_EVENT_PARALLEL_COMMIT)
    identity_close();
}

void install_hooks() {
  if (hooks_installed) return;
  hooks_installed = true;
  RegisterXactCallback(close_at_end, nullptr);
  plans_suspect = watch_folding();
}

void note_folding() {
  if (!hooks_installed) {
    install_hooks();
    return;
  }
  if (kMutantFoldedKept || !may_be_folded()) return;
  plans_suspect = true;
  run.in_plan = true;
}

void note_claim(const char* name) {
  note_folding();
  if (!run.open) return;
  if (kMutantAbsentUnrecorded &&
      (run.identity.kind != JsonKind::kObject || json_member(&run.identity, name) == nullptr))
    return;
  if (strcmp(name, "*") == 0) {
    run.read_all = true;
    return;
  }
  for (int i = 0; i < run.read.size; i++)
    if (strcmp(run.read[i], name) == 0) return;
  MemoryContext outer = MemoryContextSwitchTo(run.context);
  run.read.push(pstrdup(name));
  MemoryContextSwitchTo(outer);
}

// The claim, nullptr when it is absent, null, or nobody is signed in.
const JsonValue* find_claim(const char* name) {
  if (!run.open || run.identity.kind != JsonKind::kObject) return nullptr;
  const JsonValue* value = json_member(&run.identity, name);
  return value == nullptr || value->kind == JsonKind::kNull ? nullptr : value;
}

text* claim_text(const JsonValue* value) {
  if (value->kind == JsonKind::kString) return cstring_to_text_with_len(value->text, value->text_length);
  return cstring_to_text_with_len(value->raw, value->raw_length);
}

bool is_identity_claim(const char* name) {
  for (const char* excluded : kNotIdentity)
    if (strcmp(name, excluded) == 0) return false;
  return true;
}

void append_identity(StringInfo out) {
  if (!run.open || run.identity.kind != JsonKind::kObject) {
    appendStringInfoString(out, "null");
    return;
  }
  char before = '{';
  for (int i = 0; i < run.identity.count; i++) {
    const JsonMember* member = &run.identity.members[i];
    if (!is_identity_claim(member->name)) continue;
    appendStringInfoChar(out, before);
    append_json_string(out, member->name, member->name_length);
    appendStringInfoChar(out, ':');
    appendBinaryStringInfo(out, member->value.raw, member->value.raw_length);
    before = ',';
  }
  if (before == '{') appendStringInfoChar(out, '{');
  appendStringInfoChar(out, '}');
}

// One member of an object of claims; the name "*" is the whole identity.
void append_claim(StringInfo out, const char* name) {
  if (out->data[out->len - 1] != '{') appendStringInfoChar(out, ',');
  append_json_string(out, name, strlen(name));
  appendStringInfoChar(out, ':');
  if (strcmp(name, "*") == 0) {
    append_identity(out);
    return;
  }
  const JsonValue* value = find_claim(name);
  if (value == nullptr)
    appendStringInfoString(out, "null");
  else
    appendBinaryStringInfo(out, value->raw, value->raw_length);
}

}  // namespace

bool identity_open(const char* identity, TimestampTz now) {
  if (run.open)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a freshet run is open already"),
             run.assumed ? errhint("freshet.as_user() is in effect: call with freshet.invoke().") : 0));
  install_hooks();
  MemoryContext context = AllocSetContextCreate(TopMemoryContext, "freshet run", ALLOCSET_SMALL_SIZES);
  run = {};
  run.open = true;
  run.context = context;
  run.now = now;
  if (identity == nullptr) return true;
  MemoryContext outer = MemoryContextSwitchTo(context);
  char* copy = pstrdup(identity);
  JsonSyntaxError error;
  bool good = json_parse(copy, strlen(copy), &run.identity, &error) &&
              (run.identity.kind == JsonKind::kObject || run.identity.kind == JsonKind::kNull);
  MemoryContextSwitchTo(outer);
  if (!good) identity_close();
  return good;
}

void identity_close() {
  if (!run.open) return;
  MemoryContext context = run.context;
  bool in_plan = run.in_plan;
  run = {};
  MemoryContextDelete(context);
  if (in_plan) discard_suspect_plans();
}

bool identity_is_open() { return run.open; }

bool identity_assume(const char* identity, TimestampTz now) {
  if (run.assumed) identity_close();
  if (!identity_open(identity, now)) return false;
  run.assumed = true;
  return true;
}

bool identity_is_assumed() { return run.assumed; }

char* identity_claims_read() {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '{');
  if (run.read_all || run.in_plan) append_claim(&out, "*");
  for (int i = 0; i < run.read.size; i++) append_claim(&out, run.read[i]);
  appendStringInfoChar(&out, '}');
  return out.data;
}

char* identity_read_claims(const PallocVector<char*>& names) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '{');
  for (int i = 0; i < names.size; i++) {
    if (!kMutantNamedUnrecorded) note_claim(names[i]);
    append_claim(&out, names[i]);
  }
  appendStringInfoChar(&out, '}');
  return out.data;
}

bool identity_in_plan() { return run.in_plan; }

void discard_suspect_plans() {
  install_hooks();
  if (take_folded_rows()) plans_suspect = true;
  if (!plans_suspect) return;
  ResetPlanCache();
  plans_suspect = false;
}

char* identity_text() {
  note_claim("*");
  if (find_claim("*") == nullptr && run.identity.kind != JsonKind::kObject) return nullptr;
  StringInfoData out;
  initStringInfo(&out);
  append_identity(&out);
  return out.data;
}

bool identity_valid_for(int64* microseconds) {
  if (!run.expires) return false;
  TimestampTz current = GetCurrentTimestamp();
  *microseconds = run.valid_until > current ? run.valid_until - current : 0;
  return true;
}

bool identity_clock_read() { return run.now_read && !run.expires; }

}  // namespace freshet

using namespace freshet;

FRESHET_FUNCTION(freshet_identity) {
  char* text = identity_text();
  if (text == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

FRESHET_FUNCTION(freshet_user_id) {
  note_claim("sub");
  const JsonValue* value = find_claim("sub");
  if (value == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(claim_text(value));
}

FRESHET_FUNCTION(freshet_claim) {
  const char* name = text_to_cstring(PG_GETARG_TEXT_PP(0));
  note_claim(name);
  const JsonValue* value = find_claim(name);
  if (value == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(claim_text(value));
}

FRESHET_FUNCTION(freshet_claim_json) {
  const char* name = text_to_cstring(PG_GETARG_TEXT_PP(0));
  note_claim(name);
  const JsonValue* value = find_claim(name);
  if (value == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(value->raw, value->raw_length))));
}

FRESHET_FUNCTION(freshet_require_user) {
  note_claim("sub");
  const JsonValue* value = find_claim("sub");
  if (value == nullptr) ereport(ERROR, (errcode(kUnauthenticated), errmsg("this needs a signed-in user")));
  PG_RETURN_TEXT_P(claim_text(value));
}

FRESHET_FUNCTION(freshet_now) {
  note_folding();
  if (!run.open) PG_RETURN_TIMESTAMPTZ(GetCurrentTransactionStartTimestamp());
  run.now_read = true;
  PG_RETURN_TIMESTAMPTZ(run.now);
}

FRESHET_FUNCTION(freshet_valid_until) {
  TimestampTz until = PG_GETARG_TIMESTAMPTZ(0);
  if (run.open && !TIMESTAMP_IS_NOEND(until) && (!run.expires || until < run.valid_until)) {
    run.expires = true;
    run.valid_until = until;
  } else if (run.open && TIMESTAMP_IS_NOEND(until) && !run.expires) {
    run.now_read = false;
  }
  PG_RETURN_VOID();
}
