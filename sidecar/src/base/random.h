#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace freshet::base {

// Where ids, keys and jitter come from; injected, so that tests are repeatable. Callable from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* bytes, std::size_t size) = 0;

  std::string bytes(std::size_t size);
  std::uint64_t next();
  // Uniform in [0, 1).
  double fraction();
  // 128 bits as base64url: an id that nobody can guess.
  std::string id();
};

// OpenSSL's generator. Throws when the system gives no entropy: nothing safe can be done then.
class SystemRandom final : public Random {
 public:
  void fill(void* bytes, std::size_t size) override;
};

}  // namespace freshet::base
