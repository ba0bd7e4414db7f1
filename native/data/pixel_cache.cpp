#include "data/pixel_cache.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "failure.h"
#include "input_file.h"
#include "models/model_spec.h"

namespace healthtensor {
namespace {

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

std::shared_ptr<const PixelCache> PixelCache::open(const std::string& path) {
  const InputFile file(path, "BAD_PIXEL_CACHE");
  Header header;
  if (file.size() < kDataStart) file.fail("it is shorter than its header");
  file.read(&header, sizeof header, 0);
  checkHeader(header, file);
  const uint64_t bytesPerImage = uint64_t{header.imageSize} * header.imageSize + sizeof(uint16_t);
  uint64_t dataBytes = 0;
  if (__builtin_mul_overflow(header.images, bytesPerImage, &dataBytes) ||
      dataBytes != file.size() - kDataStart) {
    file.fail("its size does not fit its " + std::to_string(header.images) +
              " images: it is truncated or damaged");
  }
  void* mapped = mmap(nullptr, file.size(), PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (mapped == MAP_FAILED) file.fail(systemMessage(errno));
  std::shared_ptr<PixelCache> cache(new PixelCache());
  cache->bytes_ = static_cast<const uint8_t*>(mapped);
  cache->size_ = file.size();
  cache->imageSize_ = header.imageSize;
  cache->images_ = header.images;
  cache->fingerprint_ = header.fingerprint;
  return cache;
}

PixelCache::~PixelCache() {
  if (bytes_ != nullptr) munmap(const_cast<uint8_t*>(bytes_), size_);
}

const uint8_t* PixelCache::pixels(uint32_t row) const {
  return bytes_ + kDataStart + static_cast<uint64_t>(row) * static_cast<uint64_t>(imageSize_ * imageSize_);
}

uint16_t PixelCache::labelBits(uint32_t row) const {
  uint16_t bits = 0;
  const uint64_t labelStart = kDataStart + images_ * static_cast<uint64_t>(imageSize_ * imageSize_);
  std::memcpy(&bits, bytes_ + labelStart + uint64_t{row} * sizeof bits, sizeof bits);
  return bits;
}

void PixelCache::checkRows(std::span<const uint32_t> rows) const {
  for (const uint32_t row : rows) {
    if (row >= images_) {
      throw Failure("BAD_INDEX", "Expected rows below " + std::to_string(images_) +
                                     " (the images in the pixel cache) but received " + std::to_string(row));
    }
  }
}

}  // namespace healthtensor
