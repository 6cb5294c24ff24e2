#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/catalog.h"
#include "app/health.h"
#include "app/live_loop.h"
#include "base/clock.h"
#include "postgres/reconnect.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// What is read from the database once, and what is looked at again and again: that the extension is there and
// of our version, its key, the catalog, the state of roles. On the loop's thread.
class DatabaseWatch {
 public:
  struct Events {
    // Once, when the database has first answered: the key that all gateways share.
    std::function<void(const std::string& gateway_key)> ready;
    std::function<void(std::shared_ptr<const CatalogVersion>)> catalog;
    // What functions do may have changed in a way that no stream reports: all of them are to be run again.
    std::function<void()> definitions_changed;
  };

  DatabaseWatch(postgres::WorkerPool& pool, LiveLoop& loop, Health& health, postgres::Reconnect& reconnect,
                base::Clock& clock, Events events)
      : pool_(pool),
        loop_(loop),
        health_(health),
        reconnect_(reconnect),
        clock_(clock),
        events_(std::move(events)) {}

  // Every second or so.
  void tick();
  // A DDL transaction was decoded. It may not be visible yet, so the catalog is read now and, while it is
  // still the same, a few times soon after.
  void catalog_changed();
  // When look() is to be called next; none: only tick() is.
  std::optional<base::TimePoint> deadline() const { return next_look_; }
  void look(base::TimePoint now);

 private:
  struct Reading {
    std::string gateway_key;  // only when asked for
    std::string catalog;
    std::string roles;
  };
  static base::Result<Reading> read(postgres::ServiceSession& database, bool with_key);
  void ask();
  void take(base::Result<Reading> reading);
  // Whether it was another one.
  bool use_catalog(const std::string& json);

  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  Health& health_;
  postgres::Reconnect& reconnect_;
  base::Clock& clock_;
  const Events events_;

  bool ready_ = false;
  bool asking_ = false;
  bool ask_again_ = false;
  int ticks_to_reading_ = 0;
  int eager_ticks_ = 0;
  std::size_t looks_ = SIZE_MAX;  // made since the last DDL; all of them: the catalog was another one
  std::optional<base::TimePoint> next_look_;
  std::string catalog_json_;
  std::string roles_;
};

}  // namespace freshet::app
