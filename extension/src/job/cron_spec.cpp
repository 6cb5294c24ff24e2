#include "job/cron_spec.h"

#include "errors.h"

extern "C" {
#include "utils/datetime.h"
#include "utils/timestamp.h"
}

namespace freshet {
namespace {

constexpr int kYears = 28;  // after that the days of the week fall on the same dates again
constexpr int64 kUnixEpoch =
    (static_cast<int64>(UNIX_EPOCH_JDATE) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;  // as a TimestampTz
constexpr uint32 kEveryHour = (1u << 24) - 1;

struct Field {
  const char* name;
  int least;
  int most;
  const char* names;  // three letters each, from `least` on; nullptr: numbers only
};

constexpr Field kFields[] = {
    {"minute", 0, 59, nullptr},
    {"hour", 0, 23, nullptr},
    {"day of the month", 1, 31, nullptr},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
};

struct Macro {
  const char* name;
  const char* spec;
};

constexpr Macro kMacros[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

[[noreturn]] void refuse(const Field& field, const char* text) {
  ereport(ERROR,
          (errcode(kInvalidArguments), errmsg("\"%s\" is not a %s", text, field.name),
           errdetail("Expected *, numbers from %d to %d%s, ranges such as %d-%d and steps such as */2, "
                     "separated by commas.",
                     field.least, field.most, field.names != nullptr ? ", names such as mon or jan" : "",
                     field.least, field.least + 1)));
  pg_unreachable();
}

// Reads a number or a name at `*at` and goes behind it.
int read_value(const Field& field, const char** at, const char* whole) {
  const char* text = *at;
  if (field.names != nullptr && isalpha(static_cast<unsigned char>(*text))) {
    for (int i = 0; field.names[3 * i] != '\0'; i++) {
      if (pg_strncasecmp(text, field.names + 3 * i, 3) != 0) continue;
      *at = text + 3;
      return field.least + i;
    }
    refuse(field, whole);
  }
  int value = 0, digits = 0;
  for (; isdigit(static_cast<unsigned char>(*text)) && digits < 3; text++, digits++)
    value = 10 * value + (*text - '0');
  if (digits == 0 || value < field.least || value > field.most) refuse(field, whole);
  *at = text;
  return value;
}

uint64 read_field(const Field& field, const char* text) {
  uint64 bits = 0;
  const char* at = text;
  for (;;) {
    int from = field.least, to = field.most, step = 1;
    bool open = *at == '*';
    if (open) {
      at++;
    } else {
      from = to = read_value(field, &at, text);
      if (*at == '-') {
        at++;
        to = read_value(field, &at, text);
        if (to < from) refuse(field, text);
        open = true;
      }
    }
    if (*at == '/') {
      at++;
      char* end;
      long given = strtol(at, &end, 10);
      if (end == at || given < 1 || given > field.most) refuse(field, text);
      step = static_cast<int>(given);
      at = end;
      if (!open) to = field.most;
    }
    for (int value = from; value <= to; value += step) bits |= UINT64CONST(1) << value;
    if (*at == '\0') return bits;
    if (*at != ',') refuse(field, text);
    at++;
  }
}

int64 read_interval(const char* text) {
  Interval* interval = DatumGetIntervalP(DirectFunctionCall3(
      interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
  int64 every = interval->time + interval->day * USECS_PER_DAY;
  if (interval->month != 0 || every < USECS_PER_SEC || every > 366 * USECS_PER_DAY)
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("a job cannot run every %s", text),
                    errdetail("Expected an interval from a second to 366 days, without months.")));
  return every;
}

// The moments at which the clock of `zone` shows that: none is missing, since what is skipped is read by the
// offset before. Returns how many, in order.
int moments(int day, int hour, int minute, pg_tz* zone, TimestampTz out[2]) {
  struct pg_tm shown = {};
  j2date(day, &shown.tm_year, &shown.tm_mon, &shown.tm_mday);
  shown.tm_hour = hour;
  shown.tm_min = minute;
  int offset = DetermineTimeZoneOffset(&shown, zone);
  if (tm2timestamp(&shown, 0, &offset, &out[0]) != 0) return 0;
  int count = 1;
  constexpr int64 kBeside[] = {-6 * USECS_PER_HOUR, 6 * USECS_PER_HOUR};
  for (int64 beside : kBeside) {
    struct pg_tm then;
    fsec_t fraction;
    int other;
    if (timestamp2tm(out[0] + beside, &other, &then, &fraction, nullptr, zone) != 0 || other == offset)
      continue;
    TimestampTz moment = out[0] + (static_cast<int64>(other) - offset) * USECS_PER_SEC;
    if (timestamp2tm(moment, &other, &then, &fraction, nullptr, zone) != 0) continue;
    if (then.tm_hour != hour || then.tm_min != minute || then.tm_mday != shown.tm_mday) continue;
    out[count++] = moment;
    if (out[1] < out[0]) {
      TimestampTz first = out[1];
      out[1] = out[0];
      out[0] = first;
    }
    break;
  }
  return count;
}

bool is_day(const CronSpec& spec, int day) {
  int year, month, date;
  j2date(day, &year, &month, &date);
  if ((spec.months & (1u << month)) == 0) return false;
  bool by_date = (spec.days & (1u << date)) != 0;
  bool by_weekday = (spec.weekdays & (1u << j2day(day))) != 0;
  return spec.either_day ? by_date || by_weekday : by_date && by_weekday;
}

// The first moment of that day after `after`.
bool next_of_day(const CronSpec& spec, int day, pg_tz* zone, TimestampTz after, TimestampTz* next) {
  bool found = false;
  for (int hour = 0; hour < 24; hour++) {
    if ((spec.hours & (1u << hour)) == 0) continue;
    for (int minute = 0; minute < 60; minute++) {
      if ((spec.minutes & (UINT64CONST(1) << minute)) == 0) continue;
      TimestampTz shown[2];
      int count = moments(day, hour, minute, zone, shown);
      if (spec.hours != kEveryHour) count = Min(count, 1);
      for (int i = 0; i < count; i++) {
        if (shown[i] <= after || (found && shown[i] >= *next)) continue;
        *next = shown[i];
        found = true;
      }
    }
  }
  return found;
}

}  // namespace

CronSpec parse_cron_spec(const char* text) {
  CronSpec spec = {};
  if (pg_strncasecmp(text, "every ", 6) == 0) {
    spec.every = read_interval(text + 6);
    return spec;
  }
  for (const Macro& macro : kMacros)
    if (pg_strcasecmp(text, macro.name) == 0) text = macro.spec;
  char* parts[lengthof(kFields) + 1];
  size_t count = 0;
  char* rest = pstrdup(text);
  for (char* part; count < lengthof(parts) && (part = strtok_r(rest, " \t\n", &rest)) != nullptr;)
    parts[count++] = part;
  if (count != lengthof(kFields))
    ereport(ERROR,
            (errcode(kInvalidArguments), errmsg("\"%s\" is not a schedule", text),
             errdetail("Expected five fields (minute, hour, day of the month, month, day of the week), "
                       "such as '0 7 * * mon-fri', a name such as '@daily', or 'every 90 seconds'.")));
  uint64 bits[lengthof(kFields)];
  for (size_t i = 0; i < lengthof(kFields); i++) bits[i] = read_field(kFields[i], parts[i]);
  spec.minutes = bits[0];
  spec.hours = static_cast<uint32>(bits[1]);
  spec.days = static_cast<uint32>(bits[2]);
  spec.months = static_cast<uint32>(bits[3]);
  spec.weekdays = static_cast<uint32>((bits[4] | bits[4] >> 7) & 0x7f);  // 7 is Sunday too
  spec.either_day = parts[2][0] != '*' && parts[4][0] != '*';
  return spec;
}

pg_tz* cron_zone(const char* name) {
  pg_tz* zone = pg_tzset(name);
  if (zone == nullptr || !pg_tz_acceptable(zone))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("there is no time zone \"%s\"", name),
                    errhint("SELECT name FROM pg_timezone_names lists them.")));
  return zone;
}

bool next_cron_time(const CronSpec& spec, pg_tz* zone, TimestampTz after, TimestampTz* next) {
  if (TIMESTAMP_NOT_FINITE(after)) return false;
  if (spec.every > 0) {
    int64 since = after - kUnixEpoch;
    *next = kUnixEpoch + (since / spec.every + (since >= 0 ? 1 : 0)) * spec.every;
    return true;
  }
  int offset;
  struct pg_tm shown;
  fsec_t fraction;
  if (timestamp2tm(after, &offset, &shown, &fraction, nullptr, zone) != 0) return false;
  // From the day before, for clocks that go back over midnight.
  int first = date2j(shown.tm_year, shown.tm_mon, shown.tm_mday) - 1;
  for (int day = first; day < first + kYears * 366; day++)
    if (is_day(spec, day) && next_of_day(spec, day, zone, after, next)) return true;
  return false;
}

}  // namespace freshet
