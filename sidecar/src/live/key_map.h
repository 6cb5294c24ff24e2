#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "freshet_wire/bytes.hpp"

namespace freshet::live {

// Which entries hold a row by its identity key: an open-addressing multimap. Half of the key is stored, so an
// answer is a candidate that the fingerprints themselves decide.
class KeyMap {
 public:
  void insert(const wire::Hash128& key, std::uint32_t entry) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    place(short_of(key), entry);
    ++live_;
  }

  // The pair must be in the map.
  void erase(const wire::Hash128& key, std::uint32_t entry) {
    const std::uint64_t wanted = short_of(key);
    for (std::size_t i = start(wanted);; i = next(i)) {
      if (slots_[i].state == State::kEmpty) return;
      if (slots_[i].state == State::kHeld && slots_[i].key == wanted && slots_[i].entry == entry) {
        slots_[i].state = State::kGone;
        --live_;
        return;
      }
    }
  }

  template <class Visit>
  void find(const wire::Hash128& key, Visit&& visit) const {
    if (live_ == 0) return;
    const std::uint64_t wanted = short_of(key);
    for (std::size_t i = start(wanted); slots_[i].state != State::kEmpty; i = next(i)) {
      if (slots_[i].state == State::kHeld && slots_[i].key == wanted) visit(slots_[i].entry);
    }
  }

 private:
  enum class State : std::uint32_t { kEmpty, kHeld, kGone };
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t entry = 0;
    State state = State::kEmpty;
  };

  static std::uint64_t short_of(const wire::Hash128& key) {
    std::uint64_t value;
    std::memcpy(&value, key.bytes, sizeof value);
    return value;
  }
  std::size_t start(std::uint64_t key) const {
    return (key * 0x9e3779b97f4a7c15ULL >> 20) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }

  void place(std::uint64_t key, std::uint32_t entry) {
    std::size_t i = start(key);
    while (slots_[i].state == State::kHeld) i = next(i);
    if (slots_[i].state == State::kEmpty) ++used_;
    slots_[i] = {key, entry, State::kHeld};
  }

  void grow() {
    std::vector<Slot> old = std::move(slots_);
    std::size_t size = 16;
    while (size < (live_ + 1) * 2) size *= 2;
    slots_.assign(size, Slot{});
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.state == State::kHeld) place(slot.key, slot.entry);
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;  // held or gone
  std::size_t live_ = 0;
};

}  // namespace freshet::live
