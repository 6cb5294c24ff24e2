#pragma once

#include <cstddef>
#include <string>

namespace freshet::bench {

// The header of one final text frame with the shortest length, as RFC 6455 wants it. Masked: by zeros, so
// that the payload stays as it is.
inline std::string frame_header(std::size_t bytes, bool masked) {
  const int wide = bytes < 126 ? 0 : bytes <= 0xffff ? 2 : 8;
  std::string header(1, '\x81');
  header += static_cast<char>((masked ? 0x80 : 0) | (wide == 0   ? static_cast<int>(bytes)
                                                     : wide == 2 ? 126
                                                                 : 127));
  for (int shift = 8 * (wide - 1); shift >= 0; shift -= 8) header += static_cast<char>(bytes >> shift & 0xff);
  return masked ? header + std::string(4, '\0') : header;
}

}  // namespace freshet::bench
