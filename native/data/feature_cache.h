#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cancellation.h"
#include "data/feature_file.h"
#include "progress.h"

namespace healthtensor {

/// Which features are wanted.
struct FeatureRequest {
  /// An existing folder of this training; it holds the features of one backbone at a time, `features.htf`.
  std::string folder;
  /// Everything their values depend on, as `featureIdentity` gives it.
  std::string identity;
  /// Rows of the pixel cache, in any order.
  std::vector<uint32_t> rows;
  at::ScalarType type;
  int64_t batchSize = 0;  ///< images that are computed, and rows that are checked, at a time
};

/// What a frozen backbone makes of images: computed once, in a file that later epochs and later runs read.
///
/// The file grows batch by batch, each with its checksum, so an interrupted computation goes on after the
/// last sound batch. A file of another backbone, data set or precision, or a damaged one, is replaced, never
/// trusted. Processes that want the same features at once compute them once: the others wait. Rows are read
/// from the file when they are asked for: its pages are the system's to keep, and shared by all processes,
/// while 112,120 rows of 2048 float32 would take 918 MB of each.
class FeatureCache {
 public:
  /// The features [n, F] of rows, of the requested type, on any device.
  using Compute = std::function<at::Tensor(std::span<const uint32_t> rows)>;

  /// Opens or computes them. Progress counts images, those that were there already included. Throws
  /// WRITE_FAILED, READ_FAILED, ABORTED, and what `compute` throws.
  FeatureCache(FeatureRequest request, const Compute& compute, const Cancellation& cancellation,
               const ProgressSink& progress);

  /// Features a row.
  int64_t width() const { return width_; }
  /// The features of some of the rows, [n, F] on the CPU. A row that was not requested is BAD_INDEX.
  at::Tensor gather(std::span<const uint32_t> rows) const;

 private:
  /// Takes the file at the path over as far as it is sound; how many batches of it are.
  uint64_t adopt(const Cancellation& cancellation);
  /// Whether the batch lies in the file as it was written; `bytes` is memory to work with.
  bool isWhole(uint64_t batch, std::vector<std::byte>& bytes) const;
  void add(uint64_t batch, const Compute& compute);
  std::span<const uint32_t> rowsOf(uint64_t batch) const;
  uint64_t batches() const;
  uint64_t rowBytes() const;
  uint64_t batchOffset(uint64_t batch) const;
  FeatureHeader header() const;

  FeatureRequest request_;
  std::optional<FeatureFile> file_;
  int64_t width_ = 0;
};

}  // namespace healthtensor
