#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/authenticator.h"
#include "access/identity.h"
#include "base/error.h"
#include "base/result.h"

// What the edge (sockets and HTTP) asks of the rest of the gateway, and what it is told back.
//
// Threads: every Backend method may be called from any I/O thread, returns at once and never calls a sink
// before it returned. A sink's methods may be called from any thread, never block and never throw; calls that
// concern one connection arrive in the order in which they were made. Calls of the edge about one connection
// come one after the other, in order, and the backend keeps that order.
namespace freshet::session {

// Immutable bytes that may be shared by many sessions. They are written to sockets without being copied.
using Bytes = std::shared_ptr<const std::string>;

// A stretch of immutable bytes and what keeps it alive.
struct Part {
  Bytes owner;
  std::string_view text;

  Part() = default;
  Part(Bytes whole) : owner(std::move(whole)), text(owner ? std::string_view(*owner) : std::string_view()) {}
  Part(Bytes owner, std::string_view text) : owner(std::move(owner)), text(text) {}
};

// One socket's life. Numbered by the edge, never reused within a process.
using ConnectionId = std::uint64_t;

enum class Kind : std::uint8_t { kQuery, kMutation, kAction };

// A call as it came in. `args` is the raw text of a JSON object, digit for digit, without duplicate keys,
// nested ≤ 64 deep; `page`, when present, likewise. A frame without `args` gives "{}".
struct Call {
  std::string path;
  std::string args;
  std::optional<std::string> page;
};

// The outcome of one call. `value` is JSON text.
struct Outcome {
  Part value;
  std::string epoch;  // empty: none
  bool replayed = false;
  std::string hash;     // of a query's value: equal values have equal ones, whichever gateway answers
  std::string notices;  // JSON array of what the function said, for developers; else empty
};
using Answer = base::Result<Outcome>;

struct Hello {
  std::optional<std::string> session;  // the session to resume; only who was given it knows it
  std::optional<std::string> last_epoch;
  std::vector<std::uint64_t> pending;  // ascending: mutations without an answer
  access::IdentityPtr identity;
};

struct Opened {
  std::string session;
  std::string epoch;
  bool resumed = false;
  std::uint64_t floor = 0;  // records of mutations ≤ floor are pruned
};

struct Subscribe {
  std::uint64_t id = 0;  // unique among the open subscriptions of the connection (the edge sees to it)
  Call call;
  std::optional<std::string> have;
  std::optional<bool> lockstep;  // absent: as the function declares
};

// One entry of `changes`. `body` is the text of the members that follow `id`, without braces:
// `"value":…,"hash":"…"`,
// `"splice":…,"base":"…","hash":"…"`, `"same":true,"hash":"…"` or `"error":{…}`. It is the same for every
// sharer.
struct Change {
  std::uint64_t id = 0;
  Bytes body;
};

struct Transition {
  std::optional<std::string> from;  // both absent: changes of `lockstep: false` subscriptions
  std::optional<std::string> to;
  std::vector<Change> changes;
  std::vector<std::uint64_t> includes;
  bool stale = false;
};

enum class CloseReason : std::uint8_t {
  kReplaced,    // another connection resumed the session (1000)
  kStopping,    // 1001
  kRestarting,  // 1012
  kOverloaded,  // 1013
  kInternal,    // 1011
};

// The edge's side of one connection. The backend holds it from open() until disconnect(); calls after that
// are ignored.
class SessionSink {
 public:
  virtual ~SessionSink() = default;
  // Exactly once, in answer to open(). An error closes the connection (1013 when retryable, else 1011).
  virtual void opened(base::Result<Opened> opened) = 0;
  // Only while the connection is writable (see Backend::set_writable); after opened().
  virtual void transition(Transition transition) = 0;
  // The subscription is not open: it came over a limit. Its id is free again.
  virtual void refused(std::uint64_t subscription, base::Error error) = 0;
  // Exactly once for every query, mutate and act, unless disconnect() came first.
  virtual void answer(std::uint64_t request, Answer answer) = 0;
  virtual void close(CloseReason reason) = 0;
  // What Authenticator::authenticate() told later. Not called by the backend.
  virtual void authenticated(access::Authenticated who) = 0;
  // The identity is not valid any more, sooner than it said: its API key was revoked.
  virtual void identity_ended(access::IdentityPtr identity, base::Error error) = 0;
};

// One HTTP call: on no session.
struct OneShot {
  Kind kind = Kind::kQuery;
  Call call;
  access::IdentityPtr identity;
  // Mutations with an Idempotency-Key: the durable session under which it is request 1 (see
  // session/idempotency.h). The backend records the session when it is new (freshet.open_session) and then
  // calls as for any mutation. Without it the mutation runs at most once, on a session of the gateway's own.
  std::optional<std::string> keyed_session;
};

// Several queries over HTTP, at one snapshot.
struct Batch {
  std::vector<Call> queries;
  access::IdentityPtr identity;
};
// One answer for each query, in their order; or why none of them could be asked.
using BatchAnswer = base::Result<std::vector<Answer>>;

struct FunctionInfo {
  Kind kind = Kind::kQuery;
  bool is_public = false;
};

struct Catalog {
  Bytes json;     // as callers are shown it: without the texts of guards and problems
  Bytes whole;    // as freshet.catalog() returned it; never to be shown
  Bytes openapi;  // the same as an OpenAPI document
  std::string hash;
  std::unordered_map<std::string, FunctionInfo> functions;  // by path
};

struct Readiness {
  bool ready = false;
  std::vector<std::string> reasons;  // why not; one plain sentence each
};

// What an operator asks about the live queries: those that cost most, or one of them.
struct Inspection {
  std::size_t most = 100;
  std::optional<std::uint64_t> query;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // The first call about a connection; answered by sink->opened(). A session that another connection holds
  // moves to this one, and the other is closed as kReplaced. subscribe, unsubscribe, query and set_identity
  // may follow before the answer and belong to the session that is being opened; mutate, act and ack never
  // do.
  virtual void open(ConnectionId connection, std::shared_ptr<SessionSink> sink, Hello hello) = 0;

  // The identity of everything that runs for this connection from here on. When it ends or changes, results
  // that the new one may not see become errors in the next transition: session::admit() says which need an
  // identity at all
  // (`unauthenticated`), the guards decide the rest.
  virtual void set_identity(ConnectionId connection, access::IdentityPtr identity) = 0;

  virtual void subscribe(ConnectionId connection, Subscribe subscription) = 0;
  virtual void unsubscribe(ConnectionId connection, std::uint64_t subscription) = 0;

  // One-shot, at a snapshot that includes this session's own mutations.
  virtual void query(ConnectionId connection, std::uint64_t request, Call call) = 0;

  // At most one mutation or action of a connection is in flight: the edge queues the others. They run as who
  // they were sent by, which is not the connection's identity any more when an `auth` frame came while they
  // were queued.
  virtual void mutate(ConnectionId connection, std::uint64_t request, Call call,
                      access::IdentityPtr identity) = 0;
  virtual void act(ConnectionId connection, std::uint64_t request, Call call,
                   access::IdentityPtr identity) = 0;

  // The client has the answers of all mutations ≤ upto.
  virtual void ack(ConnectionId connection, std::uint64_t upto) = 0;

  // false: the socket is slow; transitions are to be coalesced until it is true again. Answers still come. A
  // connection starts writable.
  virtual void set_writable(ConnectionId connection, bool writable) = 0;

  // The socket is gone. The session lives on and may be resumed. A mutation in flight goes on to its end.
  virtual void disconnect(ConnectionId connection) = 0;

  // `done` is called exactly once, from any thread.
  virtual void call(OneShot call, std::function<void(Answer)> done) = 0;
  // Likewise.
  virtual void batch(Batch batch, std::function<void(BatchAnswer)> done) = 0;

  // JSON text (docs/operations.md "Looking inside"). For operators only: it names what clients ask for.
  // `done` is called exactly once, from any thread.
  virtual void inspect(Inspection asked, std::function<void(base::Result<std::string>)> done) = 0;

  // The newest known; null until the database has been read once. Cheap, any thread.
  virtual std::shared_ptr<const Catalog> catalog() const = 0;
  // `changed` is called whenever catalog() gives another one, from any thread; it returns at once. It takes
  // the place of the one before. After on_catalog(nullptr) has returned nobody is called.
  virtual void on_catalog(std::function<void()> changed) = 0;
  virtual Readiness readiness() const = 0;
  // Prometheus text of everything but the edge.
  virtual std::string metrics() const = 0;
};

}  // namespace freshet::session
