#include "base/random.h"

#include <openssl/rand.h>

#include <stdexcept>

#include "base/encoding.h"

namespace freshet::base {

std::string Random::bytes(std::size_t size) {
  std::string out(size, '\0');
  fill(out.data(), size);
  return out;
}

std::uint64_t Random::next() {
  std::uint64_t value = 0;
  fill(&value, sizeof value);
  return value;
}

double Random::fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::string Random::id() { return to_base64url(bytes(16)); }

void SystemRandom::fill(void* bytes, std::size_t size) {
  if (RAND_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size)) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
}

}  // namespace freshet::base
