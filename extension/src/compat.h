// PostgreSQL's headers as C++ sees them, and every difference between server versions (15 to 18) in one
// place.
#pragma once

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/pg_locale.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "Freshet needs PostgreSQL 15 or newer"
#endif

// Makes a C++ function callable from SQL. The library hides all other symbols.
#define FRESHET_EXPORT __attribute__((visibility("default")))
#define FRESHET_FUNCTION(name)                                 \
  extern "C" {                                                 \
  FRESHET_EXPORT Datum name(PG_FUNCTION_ARGS);                 \
  FRESHET_EXPORT const Pg_finfo_record* pg_finfo_##name(void); \
  const Pg_finfo_record* pg_finfo_##name(void) {               \
    static const Pg_finfo_record info = {1};                   \
    return &info;                                              \
  }                                                            \
  }                                                            \
  Datum name(PG_FUNCTION_ARGS)

namespace freshet {

// Does text under this collation sort by its bytes?
inline bool collation_is_c(Oid collation) {
#if PG_VERSION_NUM >= 180000
  return pg_newlocale_from_collation(collation)->collate_is_c;
#else
  return lc_collate_is_c(collation);
#endif
}

}  // namespace freshet
