#include "change_set/options.h"

#include "compat.h"
#include "freshet_wire/change_set.hpp"

extern "C" {
#include "nodes/parsenodes.h"
#include "nodes/value.h"
}

namespace freshet {
namespace {

constexpr uint64 kDefaultMaxRows = 50000;

void refuse(const char* name, const char* wanted) {
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" must be %s", name, wanted)));
}

uint64 read_number(const char* name, const char* text) {
  constexpr char kWanted[] = "a number from 1 to 18446744073709551615";
  if (text[0] < '0' || text[0] > '9') refuse(name, kWanted);
  char* end;
  errno = 0;
  const uint64 value = strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0' || value == 0) refuse(name, kWanted);
  return value;
}

}  // namespace

ChangeSetOptions read_options(List* options) {
  ChangeSetOptions read = {};
  read.max_rows = kDefaultMaxRows;
  ListCell* cell;
  foreach (cell, options) {
    const DefElem* option = static_cast<const DefElem*>(lfirst(cell));
    const char* name = option->defname;
    const char* text = option->arg != nullptr ? strVal(option->arg) : "";
    if (strcmp(name, "key") == 0) {
      // The value is a secret: no message shows it.
      if (!wire::parse_sip_key({text, strlen(text)}, &read.key)) refuse(name, "32 hexadecimal digits");
      read.has_key = true;
    } else if (strcmp(name, "format") == 0) {
      if (strcmp(text, "binary") != 0 && strcmp(text, "json") != 0) refuse(name, "\"binary\" or \"json\"");
      read.json = strcmp(text, "json") == 0;
    } else if (strcmp(name, "max_rows") == 0) {
      read.max_rows = read_number(name, text);
    } else if (strcmp(name, "version") == 0) {
      if (read_number(name, text) != wire::kChangeSetVersion)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("change set version %s is not supported", text),
                        errhint("This extension writes version %d; the gateway needs the same.",
                                wire::kChangeSetVersion)));
    } else {
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized option \"%s\"", name)));
    }
  }
  return read;
}

}  // namespace freshet
