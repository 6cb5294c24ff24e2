// Sessions: what they subscribe to, who they are, what they wrote.
#include <algorithm>

#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {

Session* LiveState::Core::find_session(SessionId id) {
  const auto at = sessions_.find(id);
  return at == sessions_.end() ? nullptr : at->second.get();
}

void LiveState::Core::session_opened(SessionOpened event) {
  if (sessions_.contains(event.session)) return;
  auto owned = std::make_unique<Session>();
  Session& session = *owned;
  session.id = event.session;
  session.claims = event.claims ? std::move(event.claims) : Claims::anonymous();
  session.main.session = &session;
  session.main.main = true;
  session.main.sent = newest_;
  if (event.resumed && !mutant::kResumeAtOldEpoch) session.main.not_before = next_epoch_;
  sessions_.emplace(session.id, std::move(owned));
  pump();
}

void LiveState::Core::session_closed(SessionId id) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  while (!session->subscriptions.empty())
    drop_subscription(*session, *session->subscriptions.begin()->second);
  if (session->main.gather_until) clear_timer(*session->main.gather_until, Timer::kGather, id);
  forget(session->main);
  sessions_.erase(id);
  pump();
}

void LiveState::Core::refuse(SessionId session, SubscriptionId subscription, base::ErrorCode code,
                             std::string message) {
  emit(SubscriptionRefused{session, subscription, base::Error(code, std::move(message))});
}

void LiveState::Core::subscribe(Subscribe event) {
  Session* session = find_session(event.session);
  if (session == nullptr) return;
  if (session->subscriptions.contains(event.id))
    return refuse(event.session, event.id, base::ErrorCode::kProtocol, "a subscription with this id is open");
  if (session->subscriptions.size() >= limits_.max_subscriptions_per_session)
    return refuse(event.session, event.id, base::ErrorCode::kOverloaded,
                  "too many subscriptions on one session");
  if (metrics_.live_queries >= limits_.max_live_queries)
    return refuse(event.session, event.id, base::ErrorCode::kOverloaded, "too many live queries");
  auto owned = std::make_unique<Subscription>();
  Subscription& subscription = *owned;
  subscription.id = event.id;
  subscription.call = std::move(event.call);
  subscription.guarded = event.guarded;
  subscription.have = std::move(event.have);
  subscription.deadline = event.deadline;
  subscription.timeline = &session->main;
  if (!event.lockstep) {
    auto apart = std::make_unique<Timeline>();
    apart->session = session;
    apart->not_before = session->main.not_before;
    subscription.timeline = apart.get();
    session->apart.emplace(event.id, std::move(apart));
  }
  session->subscriptions.emplace(event.id, std::move(owned));
  ++subscriptions_;
  attach(subscription);
  Timeline& timeline = *subscription.timeline;
  if (subscription.have && timeline.main) {
    // It holds an older result: all that it holds must come to one snapshot together.
    hold(subscription);
    if (timeline.gather_until) clear_timer(*timeline.gather_until, Timer::kGather, session->id);
    timeline.gather_until = now_ + limits_.resume_gather;
    set_timer(*timeline.gather_until, Timer::kGather, session->id);
    untarget(timeline);
  }
  touch(subscription);
  pump();
}

void LiveState::Core::unsubscribe(SessionId id, SubscriptionId subscription) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  const auto at = session->subscriptions.find(subscription);
  if (at == session->subscriptions.end()) return;
  drop_subscription(*session, *at->second);
  // It may have been what the others waited for.
  make_ready(session->main);
  pump();
}

void LiveState::Core::drop_subscription(Session& session, Subscription& subscription) {
  detach(subscription);
  Timeline& timeline = *subscription.timeline;
  std::erase(timeline.attention, &subscription);
  timeline.held -= subscription.held;
  if (!timeline.main) {
    forget(timeline);
    session.apart.erase(subscription.id);
  }
  --subscriptions_;
  session.subscriptions.erase(subscription.id);
}

void LiveState::Core::forget(Timeline& timeline) {
  for (std::vector<Timeline*>* list : {&ready_, &awaiting_, &patient_}) {
    if (timeline.listed) std::erase(*list, &timeline);
  }
  if (timeline.to_settle) std::erase(to_settle_, &timeline);
}

// Everything that it holds was another's: all of it moves to the new claims at one epoch, and nothing of the
// old one is sent.
void LiveState::Core::identity_changed(SessionId id, ClaimsPtr claims) {
  Session* session = find_session(id);
  if (session == nullptr) return;
  if (!claims) claims = Claims::anonymous();
  if (claims->json() == session->claims->json()) return;
  untarget(session->main);
  for (const auto& [name, timeline] : session->apart) untarget(*timeline);
  session->claims = std::move(claims);
  for (const auto& [name, subscription] : session->subscriptions) {
    detach(*subscription);
    attach(*subscription);
    touch(*subscription);
  }
  pump();
}

void LiveState::Core::mutation_committed(MutationCommitted event) {
  Session* session = find_session(event.session);
  if (session == nullptr) return;
  Timeline& timeline = session->main;
  if (timeline.held == 0 && !session->busy) {
    // It holds nothing that could be stale; what it subscribes to from here on must include the mutation.
    if (event.xid) session->must_see.push_back({event.request, event.xid, next_epoch_, false});
    ++metrics_.transitions;
    emit(Deliver{
        session->id, epoch_text(timeline.sent), epoch_text(timeline.sent), {}, {event.request}, false});
    return pump();
  }
  session->includes.push_back({event.request, event.xid, next_epoch_, false});
  make_ready(timeline);
  pump();
}

void LiveState::Core::session_busy(SessionId id) {
  Session* session = find_session(id);
  if (session == nullptr || session->busy) return;
  session->busy = !mutant::kBusyQueued;
  untarget(session->main);
  for (const auto& [name, timeline] : session->apart) untarget(*timeline);
}

void LiveState::Core::session_drained(SessionId id) {
  Session* session = find_session(id);
  if (session == nullptr || !session->busy) return;
  session->busy = false;
  for (const Logged* logged : log_.pending())
    fresh_hits_ = fresh_hits_ || (!logged->tested && !logged->hits.empty());
  if (session->stale_owed && !live_) deliver_stale(*session);
  make_ready(session->main);
  for (const auto& [name, timeline] : session->apart) make_ready(*timeline);
  pump();
}

void LiveState::Core::deliver_stale(Session& session) {
  session.stale_owed = session.busy && !session.subscriptions.empty();
  if (session.subscriptions.empty() || session.busy) return;
  session.main.announce = true;
  ++metrics_.transitions;
  const std::string at = epoch_text(session.main.sent);
  emit(Deliver{session.id, at, at, {}, {}, true});
}

void LiveState::Core::tick() {
  while (!timers_.empty() && std::get<0>(*timers_.begin()) <= now_) {
    const auto [due, timer, id] = *timers_.begin();
    timers_.erase(timers_.begin());
    fire(timer, id, due);
  }
  fence_timers();
  pump();
}

std::optional<base::TimePoint> LiveState::Core::next_deadline() const {
  std::optional<base::TimePoint> soonest = open_due();
  const auto consider = [&](std::optional<base::TimePoint> due) {
    if (due && (!soonest || *due < *soonest)) soonest = due;
  };
  if (!timers_.empty()) consider(std::get<0>(*timers_.begin()));
  if (const auto epoch = epochs_.find(opening_); epoch != epochs_.end()) consider(epoch->second.fence_due);
  if (live_) consider(interest_.next_deadline());
  if (!idle_.empty()) consider(*queries_[idle_.back()]->idle_since + limits_.idle_life);
  return soonest;
}

}  // namespace freshet::live
