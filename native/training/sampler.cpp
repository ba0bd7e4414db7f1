#include "training/sampler.h"

#include <algorithm>
#include <utility>

#include "random.h"

namespace healthtensor {

EpochSampler::EpochSampler(std::span<const uint32_t> rows, int64_t batchSize, uint64_t seed, int64_t epoch)
    : rows_(rows.begin(), rows.end()), batchSize_(batchSize) {
  SplitMix64 random(deriveSeed(seed, RandomStream::kShuffle, static_cast<uint64_t>(epoch), 0));
  for (size_t left = rows_.size(); left > 1; --left) {
    std::swap(rows_[left - 1], rows_[random.below(static_cast<uint32_t>(left))]);
  }
}

std::span<const uint32_t> EpochSampler::batch(int64_t index) const {
  const auto rows = static_cast<int64_t>(rows_.size());
  const bool last = index + 1 == batches(rows, batchSize_);
  const int64_t begin = index * batchSize_;
  const int64_t end = last ? rows : begin + batchSize_;
  return std::span(rows_).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

int64_t EpochSampler::batches(int64_t rows, int64_t batchSize) {
  const int64_t whole = rows / batchSize;
  const int64_t rest = rows % batchSize;
  const bool ownBatch = rest > 1 || (rest == 1 && whole == 0);
  return whole + (ownBatch ? 1 : 0);
}

}  // namespace healthtensor
