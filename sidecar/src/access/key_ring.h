#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "access/verification_key.h"

namespace freshet::access {

using Keys = std::vector<VerificationKey>;

// What came of asking for newer keys.
enum class Newer : std::uint8_t {
  kNone,     // there is nothing newer to be had now
  kAlready,  // they are there: look again
  kComing,   // `done` will be called
};

// The keys of one issuer as they are now. Any thread.
class KeyRing {
 public:
  virtual ~KeyRing() = default;

  // Null: none were had yet.
  virtual std::shared_ptr<const Keys> current() const = 0;

  // Newer keys than `seen` are wanted: a token names one that is not among them. `done` is called exactly
  // once with kComing, from another thread, when the keys were read again or could not be; else never.
  virtual Newer refresh(const std::shared_ptr<const Keys>& seen, std::function<void()> done) = 0;
};

// Keys that were given at start and stay.
class FixedKeys final : public KeyRing {
 public:
  explicit FixedKeys(Keys keys) : keys_(std::make_shared<const Keys>(std::move(keys))) {}
  std::shared_ptr<const Keys> current() const override { return keys_; }
  Newer refresh(const std::shared_ptr<const Keys>&, std::function<void()>) override { return Newer::kNone; }

 private:
  const std::shared_ptr<const Keys> keys_;
};

}  // namespace freshet::access
