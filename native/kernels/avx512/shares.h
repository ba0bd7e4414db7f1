#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace healthtensor::avx512 {

/// How many threads share `items` that take `work` values each: one thread for little work. A function of the
/// sizes and the thread count alone, so that sums taken per share come out the same every time.
inline int64_t sharesOf(int64_t items, int64_t work) {
  constexpr int64_t kLittleWork = 32 << 10;
  if (items * work <= kLittleWork) return 1;
  return std::clamp<int64_t>(at::get_num_threads(), 1, std::max<int64_t>(items, 1));
}

/// Calls body(share, first, last) for each of `shares` contiguous parts of 0..items - 1, side by side.
template <typename Body>
void inShares(int64_t items, int64_t shares, const Body& body) {
  at::parallel_for(0, shares, 1, [&](int64_t begin, int64_t end) {
    for (int64_t share = begin; share < end; ++share) {
      body(share, items * share / shares, items * (share + 1) / shares);
    }
  });
}

}  // namespace healthtensor::avx512
