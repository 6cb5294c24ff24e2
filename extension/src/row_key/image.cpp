#include "row_key/codec.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/tupmacs.h"
}

namespace freshet {
namespace {

constexpr bool kMutantStoredForm = FRESHET_MUTANT_IS(IMAGE_OF_STORED_FORM);

using Hasher = wire::SipHasher;

// The stored bytes of one value, preceded by their number when `with_size`, so that several values can follow
// each other in one hash.
void append_stored(const RowKeyCodec* codec, Datum value, bool with_size, Hasher* hasher) {
  const auto append = [&](const void* data, Size size) {
    if (with_size) wire::Writer<Hasher>(*hasher).var(size);
    hasher->append(static_cast<const uint8*>(data), size);
  };
  if (codec->typbyval) {
    char stored[sizeof(Datum)];
    store_att_byval(stored, value, codec->typlen);
    append(stored, codec->typlen);
  } else if (codec->typlen > 0) {
    append(DatumGetPointer(value), codec->typlen);
  } else if (codec->typlen == -2) {
    append(DatumGetCString(value), strlen(DatumGetCString(value)));
  } else if (kMutantStoredForm) {
    append(DatumGetPointer(value), VARSIZE_ANY(DatumGetPointer(value)));
  } else {
    varlena* plain = PG_DETOAST_DATUM_PACKED(value);
    append(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
    if (reinterpret_cast<char*>(plain) != DatumGetPointer(value)) pfree(plain);
  }
}

}  // namespace

wire::Hash128 row_key_image(RowKeyCodec* codec, Datum value, const wire::SipKey& key) {
  Hasher hasher(key);
  append_stored(fresh(codec), value, false, &hasher);
  return hasher.finish();
}

wire::Hash128 row_key_identity(int count, RowKeyCodec* const* codecs, const Datum* values,
                               const wire::SipKey& key) {
  Hasher hasher(key);
  for (int i = 0; i < count; ++i) append_stored(fresh(codecs[i]), values[i], true, &hasher);
  return hasher.finish();
}

}  // namespace freshet
