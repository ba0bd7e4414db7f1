#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "input_file.h"

namespace healthtensor {

/// The decoded images of a data set: one file of gray pixels and label bits. The layout is described in
/// src/dataset, which writes it; a file that differs is BAD_PIXEL_CACHE.
///
/// The file is read, not mapped: a mapped file that is truncated, or whose disk fails, ends the process with
/// SIGBUS, and its pages would count as memory of ours. Reading costs some 10 us an image, from the page
/// cache that all processes share.
class PixelCache {
 public:
  explicit PixelCache(const std::string& path);

  /// Width and height of an image, in pixels.
  int64_t imageSize() const { return imageSize_; }
  /// Number of rows.
  uint64_t images() const { return labels_.size(); }
  /// SHA-256 of what the cache was made from.
  const std::array<uint8_t, 32>& fingerprint() const { return fingerprint_; }

  /// Copies the pixels of an image, row by row. Any thread.
  void read(uint32_t row, std::span<uint8_t> pixels) const;
  /// Bit i is set where finding i is present.
  uint16_t labels(uint32_t row) const { return labels_[row]; }
  bool hasFinding(uint32_t row, int64_t finding) const { return (labels_[row] >> finding & 1) != 0; }

  /// Throws BAD_INDEX when a row is not in the cache.
  void checkRows(std::span<const uint32_t> rows) const;

 private:
  InputFile file_;
  int64_t imageSize_ = 0;
  std::vector<uint16_t> labels_;
  std::array<uint8_t, 32> fingerprint_{};
};

}  // namespace healthtensor
