#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/calls.h"
#include "app/catalog.h"
#include "app/epoch_driver.h"
#include "app/session_records.h"
#include "session/backend.h"

namespace freshet::app {

// A call as the live core has it: canonical.
base::Result<live::Call> live_call(const session::Call& call);

// Every open connection: whose session it is, who speaks, what it subscribes to. Joins the edge's sinks to
// the live core, where a connection is the session of the same number. On the loop's thread.
class Sessions {
 public:
  Sessions(EpochDriver& driver, Calls& calls, SessionRecords& records)
      : driver_(driver), calls_(calls), records_(records) {}

  // As session::Backend describes them.
  void open(session::ConnectionId id, std::shared_ptr<session::SessionSink> sink, session::Hello hello);
  void set_identity(session::ConnectionId id, access::IdentityPtr identity);
  void subscribe(session::ConnectionId id, session::Subscribe subscription);
  void unsubscribe(session::ConnectionId id, std::uint64_t subscription);
  void query(session::ConnectionId id, std::uint64_t request, session::Call call);
  void mutate(session::ConnectionId id, std::uint64_t request, session::Call call,
              const access::IdentityPtr& identity);
  void act(session::ConnectionId id, std::uint64_t request, const session::Call& call);
  void ack(session::ConnectionId id, std::uint64_t upto);
  void set_writable(session::ConnectionId id, bool writable);
  void disconnect(session::ConnectionId id);

  // Another reading of the catalog: every subscription is judged by it.
  void use_catalog(std::shared_ptr<const CatalogVersion> catalog);

  // From the live core.
  void deliver(live::Deliver action);
  void refuse(live::SubscriptionRefused action);

  // The identity is not valid any more: its API key was revoked. Nothing is told or done in its name from
  // here on.
  void identity_ended(const access::IdentityPtr& identity);
  // Whether all that act by an API key are kept waiting: they are told nothing, and what they ask for is
  // begun when it is false again.
  void hold_keys(bool held);

  void close_all(session::CloseReason reason);

 private:
  struct Subscription {
    live::Call call;
    std::optional<bool> lockstep;          // as the client asked
    std::optional<FunctionTraits> traits;  // under which the live core has it; none: it has not
    std::string refusal;                   // the error's JSON that was sent instead
  };
  struct Connection {
    std::shared_ptr<session::SessionSink> sink;
    access::IdentityPtr identity;
    live::ClaimsPtr claims;
    std::string session;        // empty until opened
    std::string last_to;        // epoch of the last transition, or of welcome
    access::IdentityPtr ended;  // the last that identity_ended() was about
    bool writable = true;
    bool quiet = true;                           // nothing may be sent: the live core takes it for busy
    std::vector<std::function<void()>> delayed;  // no more than the edge's limit of open requests
    std::map<std::uint64_t, Subscription> subscriptions;
    std::map<std::uint64_t, session::Bytes> own_changes;  // errors of ours, not sent yet
  };

  Connection* find(session::ConnectionId id);
  void opened(session::ConnectionId id, std::string session, bool resumed, std::uint64_t floor);
  void refuse_open(session::ConnectionId id, base::Error error);
  void take_new(session::ConnectionId id);
  void judge(session::ConnectionId id, Connection& connection, std::uint64_t number,
             Subscription& subscription, std::optional<std::string> have);
  void send_own_changes(Connection& connection);
  bool is_held(const Connection& connection) const;
  void update_quiet(session::ConnectionId id, Connection& connection);
  void run_delayed(session::ConnectionId id);
  void settle_decided();

  EpochDriver& driver_;
  Calls& calls_;
  SessionRecords& records_;
  std::shared_ptr<const CatalogVersion> catalog_;
  std::unordered_map<session::ConnectionId, Connection> connections_;
  bool keys_held_ = false;
  std::unordered_map<std::string, session::ConnectionId> holders_;  // of each session that is open here
};

}  // namespace freshet::app
