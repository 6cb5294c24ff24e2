// A SQL function by which the tests write control messages. The install script does not create it; the test
// scripts do.

#include "change_set/string_sink.h"
#include "compat.h"
#include "freshet_wire/control.hpp"

// (key text, tag "char", body bytea) RETURNS bytea: a control message under its MAC.
FRESHET_FUNCTION(freshet_test_control) {
  using namespace freshet;
  const text* hex = PG_GETARG_TEXT_PP(0);
  wire::SipKey key;
  if (!wire::parse_sip_key({VARDATA_ANY(hex), static_cast<size_t>(VARSIZE_ANY_EXHDR(hex))}, &key))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a key has 32 hexadecimal digits")));
  const bytea* body = PG_GETARG_BYTEA_PP(2);

  StringInfoData message;
  initStringInfo(&message);
  appendStringInfoSpaces(&message, VARHDRSZ);
  StringSink sink(&message);
  wire::ControlWriter<StringSink> writer(sink, key, static_cast<wire::ControlTag>(PG_GETARG_CHAR(1)));
  writer.body().raw(
      {reinterpret_cast<const uint8*>(VARDATA_ANY(body)), static_cast<size_t>(VARSIZE_ANY_EXHDR(body))});
  writer.seal();
  SET_VARSIZE(message.data, message.len);
  PG_RETURN_BYTEA_P(reinterpret_cast<bytea*>(message.data));
}
