#pragma once

#include <cstdint>

namespace healthtensor {

/// The part of a global batch that one process works on.
struct Slice {
  int64_t first = 0;
  int64_t images = 0;
  /// By what the mean loss over the part is multiplied so that the mean of all processes' gradients is the
  /// gradient of the mean loss over the global batch.
  double weight = 1;
  /// Every process works on the whole batch, since there are fewer images than processes. The statistics of
  /// the batch are then those of each process.
  bool whole = true;
};

/// The rank's part of a batch of so many images: contiguous parts whose sizes differ by one at most.
inline Slice sliceOf(int64_t images, int rank, int size) {
  if (size <= 1 || images < size) return {.first = 0, .images = images};
  const int64_t first = images * rank / size;
  const int64_t end = images * (rank + 1) / size;
  return {.first = first,
          .images = end - first,
          .weight = static_cast<double>((end - first) * size) / static_cast<double>(images),
          .whole = false};
}

}  // namespace healthtensor
