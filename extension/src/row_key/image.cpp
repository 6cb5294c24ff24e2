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

// Calls `take` with the stored bytes of one value.
template <class Take>
void with_stored(const RowKeyCodec* codec, Datum value, Take take) {
  if (codec->typbyval) {
    uint8 stored[sizeof(Datum)];
    store_att_byval(stored, value, codec->typlen);
    take(stored, static_cast<Size>(codec->typlen));
  } else if (codec->typlen > 0) {
    take(reinterpret_cast<const uint8*>(DatumGetPointer(value)), static_cast<Size>(codec->typlen));
  } else if (codec->typlen == -2) {
    take(reinterpret_cast<const uint8*>(DatumGetCString(value)), strlen(DatumGetCString(value)));
  } else if (kMutantStoredForm) {
    take(reinterpret_cast<const uint8*>(DatumGetPointer(value)), VARSIZE_ANY(DatumGetPointer(value)));
  } else {
    varlena* plain = PG_DETOAST_DATUM_PACKED(value);
    take(reinterpret_cast<const uint8*>(VARDATA_ANY(plain)), VARSIZE_ANY_EXHDR(plain));
    if (reinterpret_cast<char*>(plain) != DatumGetPointer(value)) pfree(plain);
  }
}

}  // namespace

wire::Hash128 row_key_image(RowKeyCodec* codec, Datum value, const wire::SipKey& key) {
  wire::Hash128 hash;
  with_stored(fresh(codec), value,
              [&](const uint8* data, Size size) { hash = Hasher(key).whole(data, size); });
  return hash;
}

wire::Hash128 row_key_identity(int count, RowKeyCodec* const* codecs, const Datum* values,
                               const wire::SipKey& key) {
  Hasher hasher(key);
  // Each preceded by its size, so that several can follow each other.
  for (int i = 0; i < count; ++i) {
    with_stored(fresh(codecs[i]), values[i], [&](const uint8* data, Size size) {
      wire::Writer<Hasher>(hasher).var(size);
      hasher.append(data, size);
    });
  }
  return hasher.finish();
}

}  // namespace freshet
