#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "session/backend.h"

namespace freshet::app {

// What the runtime needs to know of a function beyond what the edge does.
struct FunctionTraits {
  session::FunctionInfo info;
  bool guarded = false;
  bool lockstep = true;
  std::optional<base::Duration> deadline;
  bool operator==(const FunctionTraits& other) const {
    return info.kind == other.info.kind && info.is_public == other.info.is_public &&
           guarded == other.guarded && lockstep == other.lockstep && deadline == other.deadline;
  }
};

// One reading of freshet.catalog(). Immutable; swapped as a whole.
struct CatalogVersion {
  std::shared_ptr<const session::Catalog> shown;
  std::string extension;
  std::unordered_map<std::string, FunctionTraits> functions;

  // Null: not exposed.
  const FunctionTraits* find(const std::string& path) const;
};

base::Result<std::shared_ptr<const CatalogVersion>> parse_catalog(const std::string& json);

}  // namespace freshet::app
