#pragma once

// What a transaction did to the catalog, as far as decoding tells.

extern "C" {
#include "postgres.h"

#include "replication/reorderbuffer.h"
}

namespace freshet {

struct CatalogChange {
  bool any;
  bool shared;  // also catalogs of the whole cluster (roles, memberships, databases), which fire no event
                // trigger
  bool permanent_relation;  // also what is remembered of a relation that is not temporary
  bool statistics_only;     // provably wrote nothing but planner statistics: ANALYZE, VACUUM
};

// To be called while the transaction's catalog snapshot is in place.
CatalogChange catalog_change_of(const ReorderBufferTXN* transaction);

}  // namespace freshet
