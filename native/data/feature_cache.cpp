#include "data/feature_cache.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>

#include "checksum.h"
#include "failure.h"

namespace healthtensor {
namespace {

constexpr std::chrono::milliseconds kLockPoll{50};
/// More than any backbone has; a header beyond it is nonsense.
constexpr uint64_t kMostFeatures = 1 << 20;

void waitFor(FolderLock& lock, const Cancellation& cancellation) {
  while (!lock.tryLock()) {
    cancellation.throwIfCancelled();
    std::this_thread::sleep_for(kLockPoll);
  }
}

std::vector<uint32_t> sortedOnce(std::vector<uint32_t> rows) {
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  return rows;
}

FeatureRequest checked(FeatureRequest request) {
  request.rows = sortedOnce(std::move(request.rows));
  if (request.rows.empty() || request.batchSize < 1)
    throw Failure("BAD_ARGUMENT", "Expected rows and a batch size for the feature cache");
  return request;
}

}  // namespace

FeatureCache::FeatureCache(FeatureRequest request, const Compute& compute, const Cancellation& cancellation,
                           const ProgressSink& progress)
    : request_(checked(std::move(request))) {
  FolderLock lock(request_.folder);
  waitFor(lock, cancellation);
  file_.emplace(request_.folder + "/features.htf");
  const uint64_t sound = adopt(cancellation);
  const Stopwatch watch;
  for (uint64_t batch = sound; batch < batches(); ++batch) {
    cancellation.throwIfCancelled();
    add(batch, compute);
    const auto perBatch = static_cast<uint64_t>(request_.batchSize);
    const uint64_t done = std::min<uint64_t>((batch + 1) * perBatch, request_.rows.size());
    progress({.batch = static_cast<int64_t>(batch + 1),
              .batches = static_cast<int64_t>(batches()),
              .images = static_cast<int64_t>(done),
              .imagesPerSecond = static_cast<double>(done - sound * perBatch) / watch.seconds()});
  }
  if (sound < batches()) file_->sync();
}

at::Tensor FeatureCache::gather(std::span<const uint32_t> rows) const {
  at::Tensor features = at::empty({static_cast<int64_t>(rows.size()), width_}, request_.type);
  auto* next = static_cast<std::byte*>(features.mutable_data_ptr());
  const auto batchRows = static_cast<uint64_t>(request_.batchSize);
  for (const uint32_t row : rows) {
    const auto found = std::ranges::lower_bound(request_.rows, row);
    if (found == request_.rows.end() || *found != row)
      throw Failure("BAD_INDEX", "The feature cache was not asked for row " + std::to_string(row));
    const auto place = static_cast<uint64_t>(found - request_.rows.begin());
    const uint64_t offset = batchOffset(place / batchRows) + place % batchRows * rowBytes();
    if (!file_->read(next, rowBytes(), offset))
      throw Failure("READ_FAILED", "The feature cache has been cut short while it was in use");
    next += rowBytes();
  }
  return features;
}

uint64_t FeatureCache::adopt(const Cancellation& cancellation) {
  FeatureHeader stored;
  const bool readable = file_->read(&stored, sizeof stored, 0);
  if (readable && stored.width >= 1 && stored.width <= kMostFeatures)
    width_ = static_cast<int64_t>(stored.width);
  if (width_ == 0 || stored != header() || file_->size() > batchOffset(batches())) {
    width_ = 0;
    file_->replace();
    return 0;
  }
  std::vector<std::byte> bytes;
  for (uint64_t batch = 0; batch < batches(); ++batch) {
    cancellation.throwIfCancelled();
    if (isWhole(batch, bytes)) continue;
    // Nobody reads a file that was never complete, so that one may be mended where it lies - from its second
    // batch on: without a first one it may be the header's width that is wrong.
    if (batch > 0 && file_->size() < batchOffset(batches())) {
      file_->truncate(batchOffset(batch));
      return batch;
    }
    width_ = 0;
    file_->replace();
    return 0;
  }
  return batches();
}

bool FeatureCache::isWhole(uint64_t batch, std::vector<std::byte>& bytes) const {
  const uint64_t offset = batchOffset(batch);
  const uint64_t count = rowsOf(batch).size() * rowBytes();
  // Before the memory is taken: the width may be anything.
  if (file_->size() < offset + count + sizeof(uint64_t)) return false;
  bytes.resize(count);
  uint64_t checksum = 0;
  return file_->read(bytes.data(), count, offset) &&
         file_->read(&checksum, sizeof checksum, offset + count) &&
         checksum == xxHash64(bytes.data(), count, batch);
}

void FeatureCache::add(uint64_t batch, const Compute& compute) {
  const std::span<const uint32_t> rows = rowsOf(batch);
  const at::Tensor features = compute(rows).to(at::kCPU).contiguous();
  const bool fits = features.dim() == 2 && features.size(0) == static_cast<int64_t>(rows.size()) &&
                    features.size(1) > 0 && (width_ == 0 || features.size(1) == width_) &&
                    features.scalar_type() == request_.type;
  if (!fits) throw Failure("ENGINE_FAILED", "The backbone gives features of an unexpected shape or type");
  if (width_ == 0) {
    width_ = features.size(1);
    const FeatureHeader start = header();
    file_->write(&start, sizeof start, 0);
  }
  const uint64_t checksum = xxHash64(features.const_data_ptr(), features.nbytes(), batch);
  const uint64_t offset = batchOffset(batch);
  file_->write(features.const_data_ptr(), features.nbytes(), offset);
  file_->write(&checksum, sizeof checksum, offset + features.nbytes());
}

std::span<const uint32_t> FeatureCache::rowsOf(uint64_t batch) const {
  const auto batchRows = static_cast<size_t>(request_.batchSize);
  const size_t first = batch * batchRows;
  return std::span(request_.rows).subspan(first, std::min(batchRows, request_.rows.size() - first));
}

uint64_t FeatureCache::batches() const {
  const auto batchRows = static_cast<uint64_t>(request_.batchSize);
  return (request_.rows.size() + batchRows - 1) / batchRows;
}

uint64_t FeatureCache::rowBytes() const {
  return static_cast<uint64_t>(width_) * c10::elementSize(request_.type);
}

/// Of the batch's first row; of the end of the file for the number of batches.
uint64_t FeatureCache::batchOffset(uint64_t batch) const {
  const uint64_t rows =
      std::min<uint64_t>(batch * static_cast<uint64_t>(request_.batchSize), request_.rows.size());
  return sizeof(FeatureHeader) + rows * rowBytes() + batch * sizeof(uint64_t);
}

FeatureHeader FeatureCache::header() const {
  const std::string identity = request_.identity + " " + c10::toString(request_.type);
  const std::vector<uint32_t>& rows = request_.rows;
  const uint64_t rowsHash = xxHash64(rows.data(), rows.size() * sizeof rows[0], 0);
  return {.width = static_cast<uint64_t>(width_),
          .rows = rows.size(),
          .batchRows = static_cast<uint64_t>(request_.batchSize),
          .identity = {xxHash64(identity.data(), identity.size(), rowsHash),
                       xxHash64(identity.data(), identity.size(), rowsHash + 1)}};
}

}  // namespace healthtensor
