#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "live/actions.h"
#include "live/events.h"
#include "postgres/connection.h"
#include "wire/snapshot.h"

namespace freshet::postgres {

struct BatchOptions {
  std::string image_key;  // hex, of the stream; empty: no fingerprints
  std::string now;        // on an imported snapshot: the epoch's instant, as its first batch said
  std::optional<base::Duration> at_most;  // for each run, where its own deadline is later
};

// The answer to one freshet.run_queries.
struct Batch {
  wire::SnapshotRow snapshot;
  std::string now;  // digits, for BatchOptions
  std::vector<live::RunOutcome> outcomes;
};

// The statement for these runs; the batch must be run inside of REPEATABLE READ READ ONLY. The texts are
// owned here.
class BatchCall {
 public:
  BatchCall(std::span<const live::RunRequest> runs, const std::string& since, const BatchOptions& options);
  Statement statement() const;
  // How long the server may take for all. It bounds each run by itself, by the smallest deadline that
  // applies; this is for a run that it can't end so, cancelled from here within kCancelAfter.
  base::Duration patience() const { return patience_; }

 private:
  std::string requests_;
  std::string since_;
  std::string options_;
  base::Duration patience_;
};

// `runs` as they were asked for; rows that are missing or malformed are an error of the whole batch.
// `developer`: errors are to_developer_error()'s.
base::Result<Batch> read_batch(const Rows& rows, std::span<const live::RunRequest> runs, base::Random& random,
                               bool developer = false);

}  // namespace freshet::postgres
