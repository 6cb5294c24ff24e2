// Targets and transitions: when a session can be told, and what (DESIGN §6, step 6).
#include <algorithm>

#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {

// Somebody could be told of it now.
bool LiveState::Core::interested(const LiveQuery& query) const {
  const auto listens = [](const Subscription* subscription) {
    return !subscription->timeline->session->busy;
  };
  return std::any_of(query.data_of.begin(), query.data_of.end(), listens) ||
         std::any_of(query.guard_of.begin(), query.guard_of.end(), listens);
}

void LiveState::Core::touch(Subscription& subscription) {
  Timeline& timeline = *subscription.timeline;
  if (!subscription.attention) {
    subscription.attention = true;
    timeline.attention.push_back(&subscription);
  }
  make_ready(timeline);
}

void LiveState::Core::touch_all(LiveQuery& query) {
  for (const auto* sharers : {&query.data_of, &query.guard_of}) {
    for (Subscription* subscription : *sharers) touch(*subscription);
  }
}

void LiveState::Core::make_ready(Timeline& timeline) {
  if (timeline.session->busy) {
    ++timeline.missed;
    return;
  }
  // What it waits for may have failed.
  if (timeline.target != kNoEpoch) return settle_later(timeline);
  if (timeline.listed) return;
  timeline.listed = true;
  ready_.push_back(&timeline);
}

void LiveState::Core::settle_later(Timeline& timeline) {
  if (timeline.target == kNoEpoch || timeline.to_settle) return;
  timeline.to_settle = true;
  to_settle_.push_back(&timeline);
}

void LiveState::Core::hold(Subscription& subscription) {
  if (subscription.held) return;
  subscription.held = true;
  ++subscription.timeline->held;
}

void LiveState::Core::untarget(Timeline& timeline) {
  if (timeline.target == kNoEpoch) return;
  timeline.target = kNoEpoch;
  for (Subscription* subscription : timeline.attention) {
    subscription->pinned_data.reset();
    subscription->pinned_guard.reset();
  }
  for (Mutation& mutation : timeline.session->includes) {
    if (timeline.main) mutation.in_target = false;
  }
  make_ready(timeline);
}

void LiveState::Core::settle_targets() {
  for (Timeline* timeline : std::exchange(to_settle_, {})) {
    timeline->to_settle = false;
    if (timeline->target != kNoEpoch) settle(*timeline);
  }
}

void LiveState::Core::evaluate_ready() {
  for (Timeline* timeline : std::exchange(ready_, {})) {
    timeline->listed = false;
    if (!timeline->session->busy && timeline->target == kNoEpoch) evaluate(*timeline);
  }
}

void LiveState::Core::evaluate(Timeline& timeline) {
  const Need need = start(timeline);
  if (timeline.listed) return;
  if (need == Need::kNeedEpoch) {
    timeline.listed = true;
    awaiting_.push_back(&timeline);
  }
}

// Aims at the newest epoch when there is anything to tell.
LiveState::Core::Need LiveState::Core::start(Timeline& timeline) {
  Session& session = *timeline.session;
  const bool idle =
      timeline.attention.empty() && !timeline.announce && (!timeline.main || session.includes.empty());
  if (idle || !live_ || timeline.gather_until) return Need::kLater;
  if (newest_ < std::max({timeline.not_before, timeline.at, live_from_})) return Need::kNeedEpoch;
  if (!sees_own(session)) return wait_to_see(timeline, session.must_see);
  timeline.target = newest_;
  if (timeline.main && !mark_includes(session) && timeline.attention.empty() && !timeline.announce) {
    timeline.target = kNoEpoch;
    return rest_of(timeline);
  }
  return settle(timeline);
}

// Every mutation that it was told of, even while it held nothing, must be in what it is told next.
bool LiveState::Core::sees_own(Session& session) const {
  std::erase_if(session.must_see, [&](const Mutation& mutation) {
    return newest_ >= live_from_ && closed_snapshot_.sees(*mutation.xid);
  });
  return session.must_see.empty();
}

bool LiveState::Core::mark_includes(Session& session) {
  bool any = false;
  for (Mutation& mutation : session.includes) {
    mutation.in_target = !mutation.xid || closed_snapshot_.sees(*mutation.xid) || mutant::kIncludeEarly;
    any = any || mutation.in_target;
  }
  return any;
}

ResultPtr LiveState::Core::result_at(const LiveQuery* query, const ResultPtr& pinned,
                                     const Subscription& subscription, EpochNumber epoch) const {
  if (pinned) return pinned;
  if (query == nullptr || !query->claims_known ||
      !query->claims.match(*subscription.timeline->session->claims))
    return nullptr;
  if (mutant::kNewestResultAtTarget && query->result) return query->result;
  return query->valid_at(epoch) ? query->result : nullptr;
}

// The guard's error, or the data; null while either is missing.
ResultPtr LiveState::Core::visible_result(const Subscription& subscription, EpochNumber epoch) const {
  if (subscription.guard != nullptr) {
    ResultPtr guard = result_at(subscription.guard, subscription.pinned_guard, subscription, epoch);
    if (!guard || guard->error()) return guard;
  }
  return result_at(subscription.data, subscription.pinned_data, subscription, epoch);
}

LiveState::Core::Need LiveState::Core::need_of(LiveQuery& query, const ResultPtr& pinned,
                                               Subscription& subscription, EpochNumber epoch) {
  return result_at(&query, pinned, subscription, epoch) ? Need::kReady
                                                        : demand(query, epoch, *subscription.timeline);
}

LiveState::Core::Need LiveState::Core::need_of(Subscription& subscription, EpochNumber epoch) {
  if (visible_result(subscription, epoch)) return Need::kReady;
  Need guard = Need::kReady;
  if (subscription.guard != nullptr)
    guard = need_of(*subscription.guard, subscription.pinned_guard, subscription, epoch);
  return std::max(guard, need_of(*subscription.data, subscription.pinned_data, subscription, epoch));
}

LiveState::Core::Need LiveState::Core::settle(Timeline& timeline) {
  const EpochNumber epoch = timeline.target;
  Need worst = Need::kReady;
  for (Subscription* subscription : timeline.attention) {
    const Need need = need_of(*subscription, epoch);
    // A new subscription waits for no one and holds nobody back, unless its result keeps being overtaken.
    if (subscription->offered && need != Need::kReady) hold(*subscription);
    if (subscription->held) worst = std::max(worst, need);
  }
  if (worst == Need::kReady) return deliver(timeline);
  if (worst == Need::kComing) return worst;
  ++metrics_.retargets;
  // Only untarget() lists it as ready; here the caller or the next epoch does.
  timeline.listed = true;
  untarget(timeline);
  timeline.listed = false;
  if (worst == Need::kNeedEpoch) {
    timeline.listed = true;
    awaiting_.push_back(&timeline);
  }
  return worst;
}

LiveState::Core::Need LiveState::Core::deliver(Timeline& timeline) {
  Session& session = *timeline.session;
  const EpochNumber epoch = timeline.target;
  Deliver transition;
  transition.session = session.id;
  const auto lasts = [&](const LiveQuery* query) {
    return query == nullptr || (query->valid_at(epoch) && query->until == kForever);
  };
  std::vector<Subscription*> attention = std::exchange(timeline.attention, {});
  for (Subscription* subscription : attention) {
    subscription->attention = false;
    const ResultPtr result = visible_result(*subscription, epoch);
    const ResultPtr guard =
        subscription->guard == nullptr
            ? nullptr
            : result_at(subscription->guard, subscription->pinned_guard, *subscription, epoch);
    const bool refused = guard && guard->error();
    const bool current = result && lasts(subscription->guard) && (refused || lasts(subscription->data));
    if (result) {
      if (Bytes body = body_for(*subscription, *result))
        transition.changes.push_back({subscription->id, std::move(body)});
      hold(*subscription);
      subscription->told = true;
      subscription->sent = result->hash();
      subscription->sent_error = result->error().has_value();
    }
    subscription->pinned_data.reset();
    subscription->pinned_guard.reset();
    if (!current) {
      subscription->attention = true;
      timeline.attention.push_back(subscription);
    }
  }
  if (timeline.main) {
    std::erase_if(session.includes, [&](const Mutation& mutation) {
      if (mutation.in_target) transition.includes.push_back(mutation.request);
      return mutation.in_target;
    });
  }
  timeline.target = kNoEpoch;
  timeline.at = epoch;
  if (!transition.changes.empty() || !transition.includes.empty() || timeline.announce) {
    if (timeline.main) {
      transition.from = epoch_text(timeline.sent);
      transition.to = epoch_text(epoch);
      timeline.sent = epoch;
    }
    timeline.announce = false;
    session.stale_owed = false;
    ++metrics_.transitions;
    metrics_.transitions_coalesced += timeline.missed > 1 ? timeline.missed - 1 : 0;
    emit(std::move(transition));
  }
  timeline.missed = 0;
  const Need rest = rest_of(timeline);
  if (rest == Need::kNeedEpoch && !timeline.listed) {
    timeline.listed = true;
    // Epochs that were closed since may do.
    (epoch < newest_ ? ready_ : awaiting_).push_back(&timeline);
  }
  return Need::kReady;
}

// What is left to tell after a delivery: kNeedEpoch when nothing but a newer epoch will bring it.
LiveState::Core::Need LiveState::Core::rest_of(Timeline& timeline) {
  const auto waits = [](const LiveQuery* query) {
    return query != nullptr && (query->run != 0 || query->retry_at);
  };
  for (const Subscription* subscription : timeline.attention) {
    if (!waits(subscription->data) && !waits(subscription->guard)) return Need::kNeedEpoch;
  }
  if (timeline.main && !timeline.session->includes.empty())
    return wait_to_see(timeline, timeline.session->includes);
  return Need::kLater;
}

// The next epoch sees a mutation that was answered. One that it does not see all the same is looked for with
// back-off.
LiveState::Core::Need LiveState::Core::wait_to_see(Timeline& timeline,
                                                   const std::vector<Mutation>& mutations) {
  const bool next_will_do = std::any_of(mutations.begin(), mutations.end(), [&](const Mutation& mutation) {
    return mutation.next_epoch > newest_;
  });
  if (next_will_do) return Need::kNeedEpoch;
  if (!timeline.listed) {
    timeline.listed = true;
    patient_.push_back(&timeline);
    if (!retest_at_ && opening_ == kNoEpoch) retest_later(false);
  }
  return Need::kLater;
}

Bytes LiveState::Core::body_for(Subscription& subscription, const Result& result) {
  const bool error = result.error().has_value();
  if (subscription.told && subscription.sent == result.hash() && subscription.sent_error == error)
    return nullptr;
  if (error) {
    ++metrics_.changes_error;
    return result.whole(metrics_.serialisations);
  }
  if (!subscription.told && subscription.have == result.hash_text()) {
    ++metrics_.changes_same;
    return result.same(metrics_.serialisations);
  }
  if (const Base* base = base_named(*subscription.data, subscription)) {
    if (Bytes body = result.spliced(*base, metrics_.serialisations)) {
      ++metrics_.changes_spliced;
      return body;
    }
  }
  ++metrics_.changes_whole;
  return result.whole(metrics_.serialisations);
}

// What the client holds, if its rows are still known.
const Base* LiveState::Core::base_named(const LiveQuery& query, const Subscription& subscription) const {
  if (subscription.told && subscription.sent_error) return nullptr;
  if (mutant::kSpliceAgainstNewest && !query.bases.empty()) return &query.bases.front();
  for (const Base& base : query.bases) {
    if (subscription.told ? base.hash == subscription.sent
                          : subscription.have && base.named(*subscription.have))
      return &base;
  }
  return nullptr;
}

}  // namespace freshet::live
