#pragma once

// What a transaction did to the catalog, as far as decoding tells.

#include "change_set/table.h"

extern "C" {
#include "postgres.h"

#include "replication/reorderbuffer.h"
}

namespace freshet {

struct CatalogChange {
  bool any;
  bool shared;  // also catalogs of the whole cluster (roles, memberships, databases), which fire no event
                // trigger
  bool permanent_relation;  // also what is remembered of a relation that is not temporary, and more than its
                            // place after a TRUNCATE
  bool definitions_kept;    // provably wrote nothing that a result depends on beside rows: planner statistics
                          // (ANALYZE, VACUUM), storage of tables told as truncated, temporary relations that
                          // go with their session
};

// The temporary relations that a transaction touched, as they were before it. They go without an event when
// their session ends or at DISCARD, and afterwards nothing says what they were.
class TemporaryRelations {
 public:
  void start(MemoryContext parent);
  // To be called at the begin of the transaction, while nothing that it wrote is visible.
  void look_up(const ReorderBufferTXN* transaction);

  bool any() const { return relations_ != nullptr; }
  bool has(Oid relation) const { return list_member_oid(relations_, relation); }
  // Is it the catalog cache's hash value of one of their row types?
  bool has_type(uint32 hash) const;

 private:
  MemoryContext context_;  // reset with each transaction
  List* relations_;
  List* types_;  // row types and arrays of them
};

// To be called at the commit, while the transaction's catalog snapshot is in place. `tables` says which were
// truncated.
CatalogChange catalog_change_of(const ReorderBufferTXN* transaction, const TemporaryRelations& temporary,
                                const ChangedTables& tables);

}  // namespace freshet
