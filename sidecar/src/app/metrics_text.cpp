#include "app/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <string_view>
#include <vector>

namespace freshet::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct LiveMetric {
  const char* name;
  std::uint64_t live::Metrics::*value;
  MetricType type;
  const char* help;
};

constexpr std::array kLive{
    LiveMetric{"freshet_live_transactions_total", &live::Metrics::transactions, MetricType::Counter,
               "Commits decoded"},
    LiveMetric{"freshet_live_rows_matched_total", &live::Metrics::rows_matched, MetricType::Counter,
               "Row changes asked of the index"},
    LiveMetric{"freshet_live_hits_total", &live::Metrics::hits, MetricType::Counter,
               "Pairs of a commit and a live query that it may concern"},
    LiveMetric{"freshet_live_hits_by_unknown_total", &live::Metrics::hits_by_unknown, MetricType::Counter,
               "Of these, only because an old or new value was not logged: REPLICA IDENTITY FULL where they "
               "are many"},
    LiveMetric{"freshet_live_table_wide_total", &live::Metrics::table_wide, MetricType::Counter,
               "Changes reported for a table as a whole: truncate, too many rows, not announced yet"},
    LiveMetric{"freshet_live_everything_total", &live::Metrics::everything, MetricType::Counter,
               "Commits after which nothing was certain (DDL)"},
    LiveMetric{"freshet_live_epochs_opened_total", &live::Metrics::epochs_opened, MetricType::Counter,
               "Snapshots begun"},
    LiveMetric{"freshet_live_epochs_closed_total", &live::Metrics::epochs_closed, MetricType::Counter,
               "Snapshots that everything visible in was decoded of"},
    LiveMetric{"freshet_live_epochs_failed_total", &live::Metrics::epochs_failed, MetricType::Counter,
               "Snapshots given up, and begun anew"},
    LiveMetric{"freshet_live_fences_total", &live::Metrics::fences, MetricType::Counter,
               "Epochs that needed a message through the WAL to be closed"},
    LiveMetric{"freshet_live_fences_repeated_total", &live::Metrics::fences_repeated, MetricType::Counter,
               "Of these, more than one"},
    LiveMetric{"freshet_live_retests_total", &live::Metrics::retests, MetricType::Counter,
               "Epochs only because a decoded commit was not visible yet"},
    LiveMetric{"freshet_live_decoded_late_total", &live::Metrics::decoded_late, MetricType::Counter,
               "Must stay 0; anything else is a bug: report it"},
    LiveMetric{"freshet_live_runs_total", &live::Metrics::runs, MetricType::Counter,
               "Runs of live queries and guards"},
    LiveMetric{"freshet_live_runs_useless_total", &live::Metrics::runs_useless, MetricType::Counter,
               "Of these, gave the same bytes as before"},
    LiveMetric{"freshet_live_runs_void_total", &live::Metrics::runs_void, MetricType::Counter,
               "Of these, read storage that was being replaced"},
    LiveMetric{"freshet_live_runs_failed_total", &live::Metrics::runs_failed, MetricType::Counter,
               "Of these, lost their connection"},
    LiveMetric{"freshet_live_runs_on_workers_total", &live::Metrics::runs_on_workers, MetricType::Counter,
               "Of these, ran apart because they are slow"},
    LiveMetric{"freshet_live_runs_past_deadline_total", &live::Metrics::runs_past_deadline,
               MetricType::Counter, "Of these, were cut off"},
    LiveMetric{"freshet_live_install_hits_total", &live::Metrics::install_hits, MetricType::Counter,
               "Results that were out of date when they came, and run again at once"},
    LiveMetric{"freshet_live_log_collapses_total", &live::Metrics::log_collapses, MetricType::Counter,
               "Times that the log of commits was made coarser to bound its memory"},
    LiveMetric{"freshet_live_read_sets_widened_total", &live::Metrics::read_sets_widened, MetricType::Counter,
               "Read sets that were made coarser to bound their memory"},
    LiveMetric{"freshet_live_transitions_total", &live::Metrics::transitions, MetricType::Counter,
               "Transitions sent"},
    LiveMetric{"freshet_live_transitions_coalesced_total", &live::Metrics::transitions_coalesced,
               MetricType::Counter, "Epochs that a busy session did not see"},
    LiveMetric{"freshet_live_changes_whole_total", &live::Metrics::changes_whole, MetricType::Counter,
               "Results sent whole"},
    LiveMetric{"freshet_live_changes_spliced_total", &live::Metrics::changes_spliced, MetricType::Counter,
               "Results sent as edits of the one before"},
    LiveMetric{"freshet_live_changes_same_total", &live::Metrics::changes_same, MetricType::Counter,
               "Results confirmed after a reconnect"},
    LiveMetric{"freshet_live_changes_error_total", &live::Metrics::changes_error, MetricType::Counter,
               "Results that are an error"},
    LiveMetric{"freshet_live_serialisations_total", &live::Metrics::serialisations, MetricType::Counter,
               "Bodies built; changes sent beyond it shared one"},
    LiveMetric{"freshet_live_retargets_total", &live::Metrics::retargets, MetricType::Counter,
               "Sessions that gave up an epoch for a newer one"},
    LiveMetric{"freshet_live_one_shots_served_total", &live::Metrics::one_shots_served, MetricType::Counter,
               "One-shot queries answered from live results"},
    LiveMetric{"freshet_live_one_shots_passed_on_total", &live::Metrics::one_shots_passed_on,
               MetricType::Counter, "One-shot queries that no live result could answer"},
    LiveMetric{"freshet_live_interest_sent_total", &live::Metrics::interest_sent, MetricType::Counter,
               "Announcements of tables to the output plugin"},
    LiveMetric{"freshet_live_evictions_total", &live::Metrics::evictions, MetricType::Counter,
               "Idle results dropped to bound their memory"},
    LiveMetric{"freshet_live_splits_total", &live::Metrics::splits, MetricType::Counter,
               "Live queries whose sharers were parted, because a run read other claims"},
    LiveMetric{"freshet_live_sessions", &live::Metrics::sessions, MetricType::Gauge, "Open sessions"},
    LiveMetric{"freshet_live_subscriptions", &live::Metrics::subscriptions, MetricType::Gauge,
               "Open subscriptions"},
    LiveMetric{"freshet_live_live_queries", &live::Metrics::live_queries, MetricType::Gauge,
               "Live queries and guards that are maintained"},
    LiveMetric{"freshet_live_pending_transactions", &live::Metrics::pending_transactions, MetricType::Gauge,
               "Commits decoded and not visible yet"},
    LiveMetric{"freshet_live_log_bytes", &live::Metrics::log_bytes, MetricType::Gauge,
               "Memory of the log of commits"},
    LiveMetric{"freshet_live_idle_bytes", &live::Metrics::idle_bytes, MetricType::Gauge,
               "Memory of results without subscribers"},
    LiveMetric{"freshet_live_open_epochs", &live::Metrics::open_epochs, MetricType::Gauge,
               "Epochs that a session still waits for"},
};

class Families {
 public:
  void add(std::string name, std::string help, MetricType type, double value,
           std::vector<ClientMetric::Label> labels = {}) {
    if (families_.empty() || families_.back().name != name)
      families_.push_back({std::move(name), std::move(help), type, {}});
    ClientMetric metric;
    metric.label = std::move(labels);
    (type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void counter(const char* name, const char* help, std::uint64_t value) {
    add(name, help, MetricType::Counter, static_cast<double>(value));
  }
  void gauge(const char* name, const char* help, std::uint64_t value) {
    add(name, help, MetricType::Gauge, static_cast<double>(value));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

constexpr std::array<std::string_view, postgres::kLaneCount> kLanes{
    "epoch", "slow", "one_shot", "mutation", "control", "service", "scheduled"};

}  // namespace

std::string metrics_text(const MetricsReading& reading) {
  Families families;
  families.gauge("freshet_ready", "1 when /ready says so", reading.ready ? 1 : 0);
  for (const LiveMetric& metric : kLive) {
    families.add(metric.name, metric.help, metric.type, static_cast<double>(reading.live.*metric.value));
  }
  families.counter("freshet_mutations_total", "Mutations begun", reading.calls.mutations);
  families.counter("freshet_mutation_attempts_total",
                   "Transactions of mutations that ended well, retries included",
                   reading.calls.mutation_attempts);
  families.counter("freshet_mutations_replayed_total", "Answered from their records",
                   reading.calls.mutations_replayed);
  families.counter("freshet_mutations_failed_total", "Answered with an error",
                   reading.calls.mutations_failed);
  families.counter("freshet_one_shots_total", "One-shot queries", reading.calls.one_shots);
  families.counter("freshet_one_shots_direct_total", "Of these, run in the database",
                   reading.calls.one_shots_direct);
  families.counter("freshet_jobs_questions_total", "How often the database was asked which jobs are due",
                   reading.jobs.questions);
  families.counter("freshet_jobs_done_total", "Scheduled jobs that took effect here", reading.jobs.done);
  families.counter("freshet_jobs_failed_total", "Attempts of scheduled jobs that failed here",
                   reading.jobs.failed);
  families.counter("freshet_database_connects_total", "Connections made", reading.pool.connects);
  families.counter("freshet_database_connect_failures_total", "Connections that failed",
                   reading.pool.connect_failures);
  families.counter("freshet_database_jobs_refused_total", "Jobs refused: queue full, or database away",
                   reading.pool.refused);
  families.counter("freshet_database_jobs_expired_total", "Jobs whose deadline passed in the queue",
                   reading.pool.expired);
  families.gauge("freshet_database_connections", "Open connections of workers", reading.pool.connected);
  for (std::size_t lane = 0; lane < kLanes.size(); ++lane) {
    families.add("freshet_database_jobs_waiting", "Jobs that wait for a worker", MetricType::Gauge,
                 static_cast<double>(reading.pool.waiting[lane]), {{"lane", std::string(kLanes[lane])}});
  }
  families.counter("freshet_stream_messages_total", "Messages of the change stream", reading.stream_messages);
  families.counter("freshet_stream_bytes_total", "Their payload", reading.stream_bytes);
  families.counter("freshet_stream_starts_total", "Streams begun, each on a new slot", reading.stream_starts);
  families.counter("freshet_stream_losses_total", "Streams that ended", reading.stream_losses);
  families.counter("freshet_stream_collapsed_total", "Transactions made coarser because the live loop lagged",
                   reading.stream_collapsed);
  families.gauge("freshet_stream_backlog_bytes", "Decoded and not yet taken by the live loop",
                 reading.stream_backlog_bytes);
  return families.text();
}

}  // namespace freshet::app
