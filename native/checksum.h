#pragma once

#include <cstddef>
#include <cstdint>

namespace healthtensor {

/// XXH64 (Yann Collet's xxHash specification, 0.1.1): a 64-bit checksum at memory speed. It finds damage, not
/// malice.
uint64_t xxHash64(const void* bytes, size_t count, uint64_t seed);

}  // namespace healthtensor
