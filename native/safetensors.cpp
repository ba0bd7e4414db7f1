#include "safetensors.h"

#include <bit>
#include <stdexcept>

namespace healthtensor {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors holds little-endian numbers, used as they are");

constexpr uint64_t kLongestHeader = 256 << 10;

std::string headerOf(const SafetensorsWriter::Shapes& shapes) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  uint64_t offset = 0;
  for (const auto& [name, shape] : shapes) {
    std::string sizes;
    uint64_t bytes = sizeof(float);
    for (const int64_t size : shape) {
      sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
      bytes *= static_cast<uint64_t>(size);
    }
    header += ",\"" + name + R"(":{"dtype":"F32","shape":[)" + sizes + R"(],"data_offsets":[)" +
              std::to_string(offset) + "," + std::to_string(offset + bytes) + "]}";
    offset += bytes;
  }
  header += "}";
  // Data that begin at a multiple of 8 are aligned for every reader that maps the file.
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::string& path) : file_(path, "BAD_SAFETENSORS") {
  uint64_t length = 0;
  if (file_.size() < sizeof length) file_.fail("it is shorter than 8 bytes");
  file_.read(&length, sizeof length, 0);
  if (length > kLongestHeader) file_.fail("its header is longer than 256 KiB");
  if (length > file_.size() - sizeof length) file_.fail("its header is longer than the file");
  dataStart_ = sizeof length + length;
  std::string header(length, '\0');
  file_.read(header.data(), header.size(), sizeof length);
  try {
    entries_ = parseSafetensorsHeader(header, file_.size() - dataStart_);
  } catch (const std::invalid_argument& problem) {
    file_.fail(problem.what());
  }
}

void SafetensorsReader::read(const SafetensorsEntry& entry, void* bytes, size_t count,
                             uint64_t offset) const {
  file_.read(bytes, count, dataStart_ + entry.begin + offset);
}

SafetensorsWriter::SafetensorsWriter(const std::string& path, Shapes shapes)
    : file_(path), shapes_(std::move(shapes)) {
  const std::string header = headerOf(shapes_);
  const uint64_t length = header.size();
  file_.write(&length, sizeof length);
  file_.write(header.data(), header.size());
}

void SafetensorsWriter::write(const float* values, size_t count) {
  file_.write(values, count * sizeof(float));
}

}  // namespace healthtensor
