#include "data/pixel_cache.h"

#include <bit>
#include <cstring>

#include "failure.h"
#include "models/model_spec.h"

namespace healthtensor {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of the file are used as they are");

// Little-endian, in the order of the file; pixels begin at kDataStart.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t imageSize;
  uint32_t channels;
  uint32_t classes;
  uint64_t images;
  std::array<uint8_t, 32> fingerprint;
};
static_assert(sizeof(Header) == 64);
constexpr uint64_t kDataStart = 4096;
constexpr char kMagic[8] = {'H', 'T', 'P', 'I', 'X', 'E', 'L', '1'};
constexpr uint32_t kVersion = 1;

void checkHeader(const Header& header, const InputFile& file) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    file.fail("it is not a pixel cache (wrong magic)");
  if (header.version != kVersion) file.fail("its version is " + std::to_string(header.version) + ", not 1");
  if (header.imageSize < 32 || header.imageSize > 512 || header.imageSize % 32 != 0) {
    file.fail("its image size is " + std::to_string(header.imageSize) + ", not a multiple of 32 in 32..512");
  }
  if (header.channels != 1) file.fail("it has " + std::to_string(header.channels) + " channels, not 1");
  if (header.classes != kClasses) file.fail("it has " + std::to_string(header.classes) + " classes, not 14");
}

}  // namespace

PixelCache::PixelCache(const std::string& path) : file_(path, "BAD_PIXEL_CACHE") {
  Header header;
  if (file_.size() < kDataStart) file_.fail("it is shorter than its header");
  file_.read(&header, sizeof header, 0);
  checkHeader(header, file_);
  const uint64_t pixelsPerImage = uint64_t{header.imageSize} * header.imageSize;
  uint64_t dataBytes = 0;
  if (__builtin_mul_overflow(header.images, pixelsPerImage + sizeof(uint16_t), &dataBytes) ||
      dataBytes != file_.size() - kDataStart) {
    file_.fail("its size does not fit its " + std::to_string(header.images) +
               " images: it is truncated or damaged");
  }
  imageSize_ = header.imageSize;
  fingerprint_ = header.fingerprint;
  labels_.resize(header.images);
  file_.read(labels_.data(), labels_.size() * sizeof labels_[0], kDataStart + header.images * pixelsPerImage);
}

void PixelCache::read(uint32_t row, std::span<uint8_t> pixels) const {
  const auto pixelsPerImage = static_cast<size_t>(imageSize_ * imageSize_);
  file_.read(pixels.data(), pixelsPerImage, kDataStart + uint64_t{row} * pixelsPerImage);
}

void PixelCache::checkRows(std::span<const uint32_t> rows) const {
  for (const uint32_t row : rows) {
    if (row >= labels_.size()) {
      throw Failure("BAD_INDEX", "Expected rows below " + std::to_string(labels_.size()) +
                                     " (the images in the pixel cache) but received " + std::to_string(row));
    }
  }
}

}  // namespace healthtensor
