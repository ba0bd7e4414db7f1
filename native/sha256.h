#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace healthtensor {

/// SHA-256 (FIPS 180-4) of bytes that come in parts.
class Sha256 {
 public:
  void update(const void* bytes, size_t count);
  /// The digest in hexadecimal. Ends it: nothing may be added any more.
  std::string hex();

 private:
  static constexpr size_t kBlock = 64;
  void compress(const unsigned char* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, kBlock> waiting_{};
  size_t waitingBytes_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace healthtensor
