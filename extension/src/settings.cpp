#include "settings.h"

#include "compat.h"

extern "C" {
#include "utils/guc.h"
#include "utils/varlena.h"
}

namespace freshet {

int setting_default_deadline_ms;
int setting_default_max_rows;
int setting_max_argument_bytes;
int setting_max_result_bytes;
bool setting_explain;
char* setting_stateless_languages;

namespace {

struct IntegerSetting {
  const char* name;
  int* variable;
  int initial, min, max;
  int flags;
  const char* summary;
  const char* detail;
};

// Alphabetical. All are PGC_SUSET: they bound what any caller may cost, so a caller must not lift them.
constexpr int kMega = 1024 * 1024;
const IntegerSetting kSettings[] = {
    {"freshet.default_deadline_ms", &setting_default_deadline_ms, 10000, 1, 3600000, GUC_UNIT_MS,
     "Time a call may take when the function was exposed without deadline_ms.",
     "A call that takes longer is cancelled and answers deadline_exceeded."},
    {"freshet.default_max_rows", &setting_default_max_rows, 10000, 1, 100000000, 0,
     "Rows a call may return when the function was exposed without max_rows.",
     "A longer result is the error too_large."},
    {"freshet.max_argument_bytes", &setting_max_argument_bytes, 4 * kMega, 1024, 512 * kMega, GUC_UNIT_BYTE,
     "Size of the JSON arguments of one call.", "Longer arguments are the error too_large."},
    {"freshet.max_result_bytes", &setting_max_result_bytes, 16 * kMega, 1024, 512 * kMega, GUC_UNIT_BYTE,
     "Size of the JSON result of one call.", "A larger result is the error too_large."},
};

bool check_languages_list(char** value, void**, GucSource) {
  List* names;
  char* words = pstrdup(*value);
  const bool good = SplitIdentifierString(words, ',', &names);
  if (!good) GUC_check_errdetail("It is no list of names.");
  pfree(words);
  return good;
}

}  // namespace

void define_settings() {
  for (const IntegerSetting& s : kSettings)
    DefineCustomIntVariable(s.name, s.summary, s.detail, s.variable, s.initial, s.min, s.max, PGC_SUSET,
                            s.flags, nullptr, nullptr, nullptr);
  // Anybody's: it tells about the caller's own statements, to the caller.
  DefineCustomBoolVariable("freshet.explain", "Sends the plans of what a call executes to the caller.",
                           "Each executed statement of a call is an INFO message (SQLSTATE RFP01) with its "
                           "text as the message and its plan as the detail.",
                           &setting_explain, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomStringVariable(
      "freshet.stateless_languages",
      "Procedural languages, beside SQL, whose functions keep nothing between two calls.",
      "Functions in others are not exposed and not called: what they keep of one caller the next would be "
      "given.",
      &setting_stateless_languages, "plpgsql", PGC_SUSET, GUC_LIST_INPUT, check_languages_list, nullptr,
      nullptr);
  MarkGUCPrefixReserved("freshet");
}

}  // namespace freshet
