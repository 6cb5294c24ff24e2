// Writing to the extension's own tables. They belong to the extension's owner, whoever exposes or declares:
// only these statements run as that role, after the caller's right was checked.
#pragma once

#include "registry/registry.h"

namespace freshet {

// One statement through SPI, which is connected. `nulls` as for SPI_execute_with_args.
void execute_as_registry_owner(const char* sql, int count, const Oid* types, Datum* values,
                               const char* nulls);

void write_registry_row(const RegistryRow& row);

}  // namespace freshet
