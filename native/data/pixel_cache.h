#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace healthtensor {

/// The decoded images of a data set: one file of gray pixels and label bits, mapped read-only into memory.
/// The layout is described in src/dataset, which writes it; a file that differs is BAD_PIXEL_CACHE.
class PixelCache {
 public:
  static std::shared_ptr<const PixelCache> open(const std::string& path);
  ~PixelCache();
  PixelCache(const PixelCache&) = delete;
  PixelCache& operator=(const PixelCache&) = delete;

  /// Width and height of an image, in pixels.
  int64_t imageSize() const { return imageSize_; }
  /// Number of rows.
  uint64_t images() const { return images_; }
  /// SHA-256 of what the cache was made from.
  const std::array<uint8_t, 32>& fingerprint() const { return fingerprint_; }

  const uint8_t* pixels(uint32_t row) const;
  bool hasFinding(uint32_t row, int64_t finding) const { return (labelBits(row) >> finding & 1) != 0; }

  /// Throws BAD_INDEX when a row is not in the cache.
  void checkRows(std::span<const uint32_t> rows) const;

 private:
  PixelCache() = default;
  uint16_t labelBits(uint32_t row) const;

  const uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
  int64_t imageSize_ = 0;
  uint64_t images_ = 0;
  std::array<uint8_t, 32> fingerprint_{};
};

}  // namespace healthtensor
