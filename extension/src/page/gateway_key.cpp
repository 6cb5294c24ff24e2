#include "page/gateway_key.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace freshet {
namespace {

constexpr AttrNumber kKeyColumn = 2;

}  // namespace

void read_gateway_key(uint8* key) {
  Relation relation =
      table_open(get_relname_relid("secret", get_namespace_oid("freshet", false)), AccessShareLock);
  Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, snapshot, 0, nullptr);
  HeapTuple tuple = systable_getnext(scan);
  bool is_null = true;
  Datum value = HeapTupleIsValid(tuple)
                    ? heap_getattr(tuple, kKeyColumn, RelationGetDescr(relation), &is_null)
                    : static_cast<Datum>(0);
  if (is_null) elog(ERROR, "freshet.secret holds no key");
  bytea* bytes = DatumGetByteaPP(value);
  if (VARSIZE_ANY_EXHDR(bytes) != kGatewayKeySize)
    elog(ERROR, "the key in freshet.secret is not %d bytes", kGatewayKeySize);
  memcpy(key, VARDATA_ANY(bytes), kGatewayKeySize);
  systable_endscan(scan);
  UnregisterSnapshot(snapshot);
  table_close(relation, AccessShareLock);
}

}  // namespace freshet
