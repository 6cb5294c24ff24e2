#pragma once

#include "freshet_wire/bytes.hpp"

extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
}

namespace freshet {

// A StringInfo as the destination of a wire::Writer. Borrowed; grows by palloc.
class StringSink {
 public:
  explicit StringSink(StringInfo out) : out_(out) {}
  void append(const uint8* data, std::size_t size) {
    appendBinaryStringInfoNT(out_, reinterpret_cast<const char*>(data), static_cast<int>(size));
  }

 private:
  StringInfo out_;
};

}  // namespace freshet
