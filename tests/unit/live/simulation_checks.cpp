// What a client would notice: the promises, checked on whatever the core sends.
#include <algorithm>

#include "base/raw_json.h"
#include "simulation.h"

namespace freshet::live::model {

void Simulation::check_answer(const Answer& answer) {
  const Question question = questions_.at(answer.token);
  questions_.erase(answer.token);
  const EpochNumber epoch = number_of(answer.epoch);
  for (Xid xid : question.must_see) {
    if (!snapshots_.at(epoch).sees(xid)) fail("P4: a one-shot query without the caller's own write");
  }
  const Client& client = clients_[question.client];
  Held held;
  held.call = question.call;
  held.guarded = question.guarded;
  held.error = answer.error.has_value();
  held.value = held.error ? base::to_json(*answer.error) : std::string(answer.value());
  if (!is_current(client, held, state_at(epoch)))
    fail("P7/P2: a one-shot answer is not that of its epoch and caller");
}

// At a snapshot: rows as they are there, functions as they were replaced at any time, the clock at any time
// (P2 is about data), and a run may have been given up. Now: as a fresh run.
bool Simulation::is_current(const Client& client, const Held& held, const State& state,
                            Exactness exactness) const {
  const bool now = exactness == Exactness::kNow;
  if (!now && held.error && held.value.find("deadline_exceeded") != std::string::npos) return true;
  if (held.guarded) {
    const Evaluated guard = evaluate(held.call, true, *client.claims, state);
    if (guard.error) return held.error && held.value == base::to_json(*guard.error);
  }
  const int newest = database_.definitions();
  for (int definitions = now ? newest : 0; definitions <= newest; ++definitions) {
    for (const bool expired : {false, true}) {
      if (now && expired != (now_ >= expiry_)) continue;
      const Evaluated data = evaluate(held.call, false, *client.claims, state, {definitions, expired});
      if (data.error ? held.error && held.value == base::to_json(*data.error)
                     : !held.error && held.value == data.value)
        return true;
    }
  }
  return false;
}

// Equal subscriptions are given the same bytes, not equal ones. Of calls that read no claim, so that all
// share one result.
void Simulation::check_shared(const Deliver& deliver) {
  const Client* client = client_of(deliver.session);
  if (client == nullptr || deliver.to.empty()) return;
  for (const Change& change : deliver.changes) {
    const auto at = client->subscriptions.find(change.subscription);
    if (at == client->subscriptions.end() || at->second.guarded || at->second.error) continue;
    const Call& call = at->second.call;
    if (call.path != "m.list" && call.path != "m.range" && call.path != "m.join") continue;
    const std::string name = deliver.to + call.path + call.args + *change.body;
    const auto [known, first] = bodies_.emplace(name, change.body.get());
    if (!first && known->second != change.body.get()) fail("P11: one result was serialised twice: " + name);
  }
}

// Does what a client would; the answer is what is wrong with it.
std::string Simulation::apply(Held& held, const std::string& body) {
  std::map<std::string, std::string> members;
  const std::string json = "{" + body + "}";
  if (!base::check_json(json).ok()) return "a change that is no JSON: " + body;
  for (const base::JsonMember& member : base::trusted_object_members(json))
    members[member.key] = member.value;
  const auto text = [&](const char* name) { return members[name].substr(1, members[name].size() - 2); };
  if (members.contains("error")) {
    held.error = true;
    held.value = members["error"];
    held.hash.clear();
    return "";
  }
  if (members.contains("same")) {
    if (held.told || held.hash != text("hash")) return "`same` for a value that the client does not hold";
    return "";
  }
  if (members.contains("splice")) {
    if (held.error || held.hash != text("base"))
      return "P2: a splice against a value that the client does not hold";
    std::vector<std::string> rows;
    for (std::string_view row : base::trusted_array_elements(held.value)) rows.emplace_back(row);
    for (std::string_view edit : base::trusted_array_elements(members["splice"])) {
      const auto parts = base::trusted_array_elements(edit);
      const std::size_t index = std::stoul(std::string(parts[0]));
      const std::size_t deleted = std::stoul(std::string(parts[1]));
      if (index + deleted > rows.size()) return "a splice beyond the end";
      rows.erase(rows.begin() + index, rows.begin() + index + deleted);
      std::vector<std::string> inserted;
      for (std::string_view row : base::trusted_array_elements(parts[2])) inserted.emplace_back(row);
      rows.insert(rows.begin() + index, inserted.begin(), inserted.end());
    }
    held.value = "[";
    for (const std::string& row : rows) held.value += (held.value.size() > 1 ? "," : "") + row;
    held.value += ']';
  } else {
    held.value = members["value"];
  }
  held.error = false;
  held.hash = text("hash");
  return "";
}

void Simulation::transition(const Deliver& deliver) {
  Client* client = client_of(deliver.session);
  if (client == nullptr) return fail("a transition for a session that is closed");
  if (client->busy) return fail("P8: a transition for a socket that is busy");
  const bool apart = deliver.to.empty();
  const EpochNumber to = apart ? 0 : number_of(deliver.to);
  if (!apart) {
    if (number_of(deliver.from) != client->at) return fail("`from` is not the `to` before");
    if (to < client->at) return fail("P3: a transition goes back");
    if (!deliver.stale && !deliver.changes.empty() && to <= client->opened_after)
      return fail("P3: a resumed session is told of a snapshot from before");
    client->at = to;
  }
  for (const Change& change : deliver.changes) {
    const auto at = client->subscriptions.find(change.subscription);
    if (at == client->subscriptions.end()) return fail("a change of a subscription that is closed");
    if (at->second.lockstep == apart) return fail("a change on the wrong timeline");
    if (const std::string wrong = apply(at->second, *change.body); !wrong.empty()) return fail(wrong);
    at->second.told = true;
    if (apart) check_apart(*client, at->second);
  }
  check_shared(deliver);
  if (apart || deliver.stale) return;
  bool holds = false;
  for (const auto& [id, held] : client->subscriptions) holds = holds || (held.lockstep && held.told);
  for (RequestId request : deliver.includes) {
    const auto at = client->owed.find(request);
    if (at == client->owed.end()) return fail("a mutation is included twice, or was never made");
    if (at->second) client->included.push_back(*at->second);
    client->owed.erase(at);
  }
  if (!holds) return;
  for (Xid xid : client->included) {
    if (!snapshots_.at(to).sees(xid)) return fail("P4: an included mutation is not in the results");
  }
  check_lockstep(*client, to);
}

void Simulation::check_lockstep(Client& client, EpochNumber epoch) {
  if (database_.sees_undecoded(snapshots_.at(epoch)))
    return fail("an epoch was published before all of it was decoded");
  for (const auto& [id, held] : client.subscriptions) {
    const bool resumed = !held.told && !held.hash.empty() && !held.error;
    if (!held.lockstep || (!held.told && !resumed)) continue;
    if (!is_current(client, held, state_at(epoch))) {
      return fail("P2/P7: " + held.call.path + held.call.args + (held.guarded ? " guarded" : "") + " of " +
                  std::to_string(client.identity) + " is not that of epoch " + std::to_string(epoch) + ": " +
                  held.value);
    }
  }
}

void Simulation::check_apart(Client& client, Held& held) {
  const EpochNumber from = std::max(held.apart_at, client.opened_after + 1);
  for (auto at = snapshots_.lower_bound(from); at != snapshots_.end(); ++at) {
    if (!is_current(client, held, state_at(at->first))) continue;
    held.apart_at = at->first;
    return;
  }
  fail("P3/P7: a result apart is that of no epoch from " + std::to_string(from) + " on: " + held.call.path +
       held.value);
}

}  // namespace freshet::live::model
