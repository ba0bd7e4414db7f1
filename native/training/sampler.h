#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace healthtensor {

/// The batches of one epoch: every row once, in an order that is a function of (rows, seed, epoch) on every
/// machine (Fisher-Yates over SplitMix64).
class EpochSampler {
 public:
  EpochSampler(std::span<const uint32_t> rows, int64_t batchSize, uint64_t seed, int64_t epoch);

  std::span<const uint32_t> batch(int64_t index) const;

  /// Batches an epoch of that many rows has. A last batch of a single row joins the one before: batch
  /// normalisation cannot normalise one value.
  static int64_t batches(int64_t rows, int64_t batchSize);

 private:
  std::vector<uint32_t> rows_;
  int64_t batchSize_;
};

}  // namespace healthtensor
