// When a schedule is due: cron(5) fields or an interval, on the clock of a time zone.
#pragma once

#include "compat.h"

extern "C" {
#include "datatype/timestamp.h"
#include "pgtime.h"
}

namespace freshet {

struct CronSpec {
  int64 every;  // µs, counted from 1970; 0: by the fields
  uint64 minutes;
  uint32 hours;
  uint32 days;      // of the month, bit 1 to 31
  uint32 months;    // bit 1 to 12
  uint32 weekdays;  // bit 0 (Sunday) to 6
  bool either_day;  // days and weekdays are both restricted: one of them is enough, as cron(5) has it
};

// Raises when it is not a spec, saying which field is wrong and what was expected.
CronSpec parse_cron_spec(const char* text);

// Raises when the server knows no such zone.
pg_tz* cron_zone(const char* name);

// The first time after `after`; false when there is none within 28 years.
//
// A time of the clock that a change skips is read by the offset before the change. One that it shows twice
// is the first of them, and both when the spec means every hour.
bool next_cron_time(const CronSpec& spec, pg_tz* zone, TimestampTz after, TimestampTz* next);

}  // namespace freshet
