// The read set's bytes (wire/README.md, "Read set").
#include "freshet_wire/bytes.hpp"
#include "read_set/read_set.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet::read_set {
namespace {

struct StringSink {
  StringInfo out;
  void append(const std::uint8_t* data, std::size_t size) {
    appendBinaryStringInfo(out, reinterpret_cast<const char*>(data), static_cast<int>(size));
  }
};

using Output = wire::Writer<StringSink>;

void put_atom(Output& out, const Atom& atom) {
  out.var(atom.attnum);
  out.u8(static_cast<uint8>(atom.kind));
  switch (atom.kind) {
    case wire::AtomKind::kEq:
      out.u64(atom.hashes[0]);
      break;
    case wire::AtomKind::kIn:
      out.var(atom.hash_count);
      for (uint32 i = 0; i < atom.hash_count; i++) out.u64(atom.hashes[i]);
      break;
    case wire::AtomKind::kRange:
      out.u8(atom.range);
      if ((atom.range & wire::kRangeHasLo) != 0) out.bytes({atom.lo, atom.lo_size});
      if ((atom.range & wire::kRangeHasHi) != 0) out.bytes({atom.hi, atom.hi_size});
      break;
    case wire::AtomKind::kTest:
      out.bytes({atom.lo, atom.lo_size});
      break;
    case wire::AtomKind::kIsNull:
    case wire::AtomKind::kIsNotNull:
    case wire::AtomKind::kNever:
      break;
  }
}

// The atoms of `conj` that are not in `without`.
void put_conj(Output& out, const Conj& conj, const Conj& without) {
  out.var(static_cast<uint64>(conj.count - without.count));
  int skip = 0;
  for (int i = 0; i < conj.count; i++) {
    if (skip < without.count && compare_atoms(conj.atoms[i], without.atoms[skip]) == 0) {
      skip++;
    } else {
      put_atom(out, conj.atoms[i]);
    }
  }
}

bool has_fingerprints(const Entry& entry) { return !entry.columns.all && !entry.fingerprints.lost; }

void put_fingerprints(Output& out, const Entry& entry) {
  if (!has_fingerprints(entry)) return;
  const Fingerprints& prints = entry.fingerprints;
  const int columns = bms_num_members(entry.columns.attnums);
  out.var(static_cast<uint64>(columns));
  for (int attnum = -1; (attnum = bms_next_member(entry.columns.attnums, attnum)) >= 0;) {
    out.var(static_cast<uint64>(attnum));
  }
  out.var(static_cast<uint64>(prints.count));
  out.hashes(prints.rows, static_cast<Size>(prints.count) * (1 + columns));
}

void put_conditions(Output& out, const Entry& entry) {
  Conj shared = entry.conjs[0];
  for (int i = 1; i < entry.count; i++) shared = common_atoms(shared, entry.conjs[i]);
  put_conj(out, shared, Conj{0, nullptr});
  // An alternative that is nothing but the shared part makes the others redundant.
  bool redundant = false;
  for (int i = 0; i < entry.count; i++) redundant = redundant || entry.conjs[i].count == shared.count;
  out.var(redundant ? 0 : static_cast<uint64>(entry.count));
  for (int i = 0; i < entry.count && !redundant; i++) put_conj(out, entry.conjs[i], shared);
}

void put_entry(Output& out, const Entry& entry) {
  out.var(entry.table);
  out.u8(static_cast<uint8>((order_matters(entry) ? wire::kEntryOrderDependent : 0) |
                            (entry.columns.all ? wire::kEntryAllColumns : 0) |
                            (has_fingerprints(entry) ? wire::kEntryFingerprints : 0)));
  if (!entry.columns.all) {
    out.var(static_cast<uint64>(bms_num_members(entry.columns.attnums)));
    for (int attnum = -1; (attnum = bms_next_member(entry.columns.attnums, attnum)) >= 0;) {
      out.var(static_cast<uint64>(attnum));
    }
  }
  put_conditions(out, entry);
  put_fingerprints(out, entry);
}

}  // namespace

bytea* encode(const ReadSet* set) {
  StringInfoData bytes;
  initStringInfo(&bytes);
  appendStringInfoSpaces(&bytes, VARHDRSZ);
  StringSink sink{&bytes};
  Output out(sink);
  out.u8(wire::kReadSetVersion);
  out.var(set->flags);
  const bool everything = (set->flags & wire::kReadEverything) != 0;
  int count = 0;
  for (int i = 0; i < set->count && !everything; i++) count += set->entries[i].count > 0;
  out.var(static_cast<uint64>(count));
  for (int i = 0; i < set->count && !everything; i++) {
    if (set->entries[i].count > 0) put_entry(out, set->entries[i]);
  }
  SET_VARSIZE(bytes.data, bytes.len);
  return reinterpret_cast<bytea*>(bytes.data);
}

}  // namespace freshet::read_set
