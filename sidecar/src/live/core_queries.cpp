// Who shares which live query: keys, claims, splitting and merging, the cache of those without subscribers.
#include <algorithm>

#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {
namespace {

// Canonical JSON has no control characters, so these cannot occur in a part.
std::string family_key(const Call& call, bool guard, bool guarded) {
  return (guard ? "?" : guarded ? "+" : "=") + call.path + '\n' + call.args + '\n' + call.page;
}

}  // namespace

std::string LiveState::Core::values_key(const std::vector<std::string>& names, const Claims& claims) {
  std::string key;
  for (const std::string& name : names) (key += claims.value(name)) += '\n';
  return key;
}

std::string LiveState::Core::values_key(const ClaimsRead& read) {
  std::string key;
  for (const std::string& value : read.values()) (key += value) += '\n';
  return key;
}

Family::Mask& LiveState::Core::mask_for(Family& family, const std::vector<std::string>& names) {
  for (Family::Mask& mask : family.masks) {
    if (mask.names == names) return mask;
  }
  return family.masks.emplace_back(Family::Mask{names, {}});
}

LiveQuery* LiveState::Core::find_variant(const Family& family, const Claims& claims) const {
  LiveQuery* guess = nullptr;
  for (const Family::Mask& mask : family.masks) {
    const auto at = mask.by_values.find(mutant::kClaimsUnchecked && !mask.by_values.empty()
                                            ? mask.by_values.begin()->first
                                            : values_key(mask.names, claims));
    if (at == mask.by_values.end()) continue;
    if (at->second->claims_known) return at->second;
    guess = at->second;
  }
  return guess;
}

LiveQuery& LiveState::Core::variant_for(const Call& call, bool guard, bool guarded, const ClaimsPtr& claims) {
  const std::string key = family_key(call, guard, guarded);
  std::unique_ptr<Family>& owned = families_[key];
  if (!owned) {
    owned = std::make_unique<Family>();
    owned->key = key;
    owned->call = call;
    owned->guard = guard;
    owned->guarded = guarded && !guard;
  }
  Family& family = *owned;
  if (LiveQuery* found = find_variant(family, *claims); found != nullptr && !mutant::kSharedByNobody)
    return *found;
  Owner slot;
  if (free_slots_.empty()) {
    slot = static_cast<Owner>(queries_.size());
    queries_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  queries_[slot] = std::make_unique<LiveQuery>();
  LiveQuery& query = *queries_[slot];
  query.slot = slot;
  query.id = next_query_id_++;
  query.family = &family;
  query.representative = claims;
  query.claims = ClaimsRead::of(family.guess, *claims);
  mask_for(family, family.guess).by_values[values_key(query.claims)] = &query;
  ++family.variants;
  ++metrics_.live_queries;
  return query;
}

void LiveState::Core::unkey(LiveQuery& query) {
  Family& family = *query.family;
  for (auto mask = family.masks.begin(); mask != family.masks.end(); ++mask) {
    if (mask->names != query.claims.names()) continue;
    const auto at = mask->by_values.find(values_key(query.claims));
    if (at != mask->by_values.end() && at->second == &query) mask->by_values.erase(at);
    if (mask->by_values.empty()) family.masks.erase(mask);
    return;
  }
}

void LiveState::Core::attach(Subscription& subscription) {
  attach_one(subscription, false);
  if (subscription.guarded && !mutant::kGuardUnchecked) attach_one(subscription, true);
}

void LiveState::Core::attach_one(Subscription& subscription, bool guard) {
  // A page of a list is no argument of its guard.
  Call call = subscription.call;
  if (guard) call.page.clear();
  LiveQuery& query = variant_for(call, guard, subscription.guarded, subscription.timeline->session->claims);
  wake_idle(query);
  query.deadline = std::max(query.deadline, subscription.deadline);
  (guard ? subscription.guard : subscription.data) = &query;
  auto& sharers = guard ? query.guard_of : query.data_of;
  (guard ? subscription.guard_place : subscription.data_place) = sharers.size();
  sharers.push_back(&subscription);
}

void LiveState::Core::detach(Subscription& subscription) {
  if (subscription.data != nullptr) detach_one(subscription, false);
  if (subscription.guard != nullptr) detach_one(subscription, true);
}

void LiveState::Core::detach_one(Subscription& subscription, bool guard) {
  LiveQuery& query = *(guard ? subscription.guard : subscription.data);
  auto& sharers = guard ? query.guard_of : query.data_of;
  const std::size_t place = guard ? subscription.guard_place : subscription.data_place;
  sharers[place] = sharers.back();
  (guard ? sharers[place]->guard_place : sharers[place]->data_place) = place;
  sharers.pop_back();
  (guard ? subscription.guard : subscription.data) = nullptr;
  if (!query.has_subscribers()) rest_or_drop(query);
}

// Nobody subscribes any more: what is up to date is kept for a while, the rest is of no use.
void LiveState::Core::rest_or_drop(LiveQuery& query) {
  if (!live_ || !query.result || query.until != kForever || !query.claims_known || query.idle_since) {
    if (!query.idle_since) destroy(query);
    return;
  }
  query.idle_since = now_;
  idle_.push_front(query.slot);
  query.idle_place = idle_.begin();
  idle_bytes_ += query.bytes;
}

void LiveState::Core::wake_idle(LiveQuery& query) {
  if (!query.idle_since) return;
  query.idle_since.reset();
  idle_.erase(query.idle_place);
  idle_bytes_ -= query.bytes;
}

void LiveState::Core::account(LiveQuery& query) {
  std::size_t bytes = sizeof(query) + query.result->bytes() + query.read_set.bytes();
  for (const Base& base : query.bases) bytes += base.rows.size() * sizeof(wire::Hash128);
  if (query.idle_since) idle_bytes_ = idle_bytes_ - query.bytes + bytes;
  query.bytes = bytes;
}

void LiveState::Core::trim_idle() {
  while (!idle_.empty()) {
    LiveQuery& oldest = *queries_[idle_.back()];
    const bool old = *oldest.idle_since + limits_.idle_life <= now_;
    if (!old && idle_bytes_ <= limits_.max_idle_bytes) return;
    ++metrics_.evictions;
    destroy(oldest);
  }
}

void LiveState::Core::destroy(LiveQuery& query) {
  wake_idle(query);
  if (query.run != 0) {
    const RunId run = query.run;
    const EpochNumber epoch = query.run_epoch;
    const bool on_worker = runs_.at(run).on_worker;
    end_run(run, epoch);
    if (on_worker) emit(CancelRun{epoch, run});
  }
  release_request(query);
  set_expiry(query, std::nullopt);
  set_retry(query, std::nullopt);
  if (query.installed) {
    index_.erase(query.slot, query.indexed);
    interest_.remove(now_, query.read_set);
  }
  unkey(query);
  Family& family = *query.family;
  if (--family.variants == 0) families_.erase(std::string(family.key));
  --metrics_.live_queries;
  free_slots_.push_back(query.slot);
  queries_[query.slot].reset();
}

void LiveState::Core::move_subscriptions(LiveQuery& from, LiveQuery& to) {
  pin(from);
  wake_idle(to);
  for (Subscription* subscription : std::exchange(from.data_of, {})) {
    subscription->data = &to;
    subscription->data_place = to.data_of.size();
    to.data_of.push_back(subscription);
  }
  for (Subscription* subscription : std::exchange(from.guard_of, {})) {
    subscription->guard = &to;
    subscription->guard_place = to.guard_of.size();
    to.guard_of.push_back(subscription);
  }
  to.deadline = std::max(to.deadline, from.deadline);
}

// The run told which claims it read. Who has other values of them goes to a live query of its own; who has
// the same ones under another key is joined.
void LiveState::Core::split_and_merge(LiveQuery& query, const ClaimsRead& claims) {
  Family& family = *query.family;
  family.guess = claims.names();
  const bool same = query.claims_known && query.claims == claims;
  if (same) return;
  if (query.claims_known) ++metrics_.splits;
  if (!(query.claims == claims)) {
    unkey(query);
    query.claims = claims;
    LiveQuery*& place = mask_for(family, claims.names()).by_values[values_key(claims)];
    LiveQuery* other = std::exchange(place, &query);
    if (other != nullptr && other != &query) {
      if (other->result) {
        if (auto base = other->result->base()) query.bases.push_front(*std::move(base));
        while (query.bases.size() > limits_.bases_per_query) query.bases.pop_back();
      }
      if (other->result && other->from > query.from) {
        // It moved on while this run was under way, and never goes back.
        place = other;
        query.claims = ClaimsRead::of(std::vector<std::string>{}, *query.representative);
        move_subscriptions(query, *other);
        for (const auto* sharers : {&other->data_of, &other->guard_of}) {
          for (Subscription* subscription : *sharers) settle_later(*subscription->timeline);
        }
        touch_all(*other);
        return destroy(query);
      }
      move_subscriptions(*other, query);
      destroy(*other);
    }
  }
  query.claims_known = true;
  std::vector<Subscription*> strangers;
  for (const auto* sharers : {&query.data_of, &query.guard_of}) {
    for (Subscription* subscription : *sharers) {
      if (!claims.match(*subscription->timeline->session->claims)) strangers.push_back(subscription);
    }
  }
  const bool guard = family.guard;
  for (Subscription* subscription : strangers) {
    // Not by detach_one, which would end the live query with its last sharer.
    auto& sharers = guard ? query.guard_of : query.data_of;
    const std::size_t place = guard ? subscription->guard_place : subscription->data_place;
    sharers[place] = sharers.back();
    (guard ? sharers[place]->guard_place : sharers[place]->data_place) = place;
    sharers.pop_back();
    attach_one(*subscription, guard);
    settle_later(*subscription->timeline);
    touch(*subscription);
  }
}

void LiveState::Core::one_shot(OneShot event) {
  const auto pass_on = [&] {
    ++metrics_.one_shots_passed_on;
    emit(RunDirectly{event.token, live_});
    pump();
  };
  if (!live_ || newest_ < live_from_) return pass_on();
  Session* session = event.session ? find_session(*event.session) : nullptr;
  bool sees_all = session == nullptr || mutant::kOneShotStale ||
                  (sees_own(*session) && newest_ >= session->main.at && newest_ >= session->main.not_before);
  if (session != nullptr && !mutant::kOneShotStale) {
    for (const Mutation& mutation : session->includes)
      sees_all = sees_all && (!mutation.xid || closed_snapshot_.sees(*mutation.xid));
  }
  for (wire::Xid xid : event.after) sees_all = sees_all && closed_snapshot_.sees(xid);
  for (const Logged* logged : log_.pending())
    sees_all = sees_all && (logged->everyone == 0 || mutant::kOneShotStale);
  if (!sees_all) return pass_on();
  const auto maintained = [&](bool guard) -> LiveQuery* {
    Call call = event.call;
    if (guard) call.page.clear();
    const auto family = families_.find(family_key(call, guard, event.guarded));
    if (family == families_.end()) return nullptr;
    LiveQuery* query = find_variant(*family->second, *event.claims);
    if (query == nullptr || !query->claims_known || !query->claims.match(*event.claims)) return nullptr;
    const bool fresh = query->valid_at(newest_) && query->until == kForever && query->pending_hits == 0;
    if (!fresh && !(mutant::kOneShotStale && query->result)) return nullptr;
    if (query->idle_since) {
      query->idle_since = now_;
      idle_.splice(idle_.begin(), idle_, query->idle_place);
    }
    return query;
  };
  const LiveQuery* data = maintained(false);
  const LiveQuery* guard = event.guarded && !mutant::kGuardUnchecked ? maintained(true) : nullptr;
  const bool refused = guard != nullptr && guard->result->error();
  if ((event.guarded && guard == nullptr && !mutant::kGuardUnchecked) || (data == nullptr && !refused))
    return pass_on();
  ++metrics_.one_shots_served;
  const Result& result = refused ? *guard->result : *data->result;
  Answer answer;
  answer.token = event.token;
  answer.text = result.text();
  answer.offset = result.value_offset();
  answer.length = result.value_length();
  answer.error = result.error();
  answer.epoch = epoch_text(newest_);
  answer.hash = result.hash_text();
  emit(std::move(answer));
  pump();
}

}  // namespace freshet::live
