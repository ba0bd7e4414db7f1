#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "atomic_file.h"
#include "input_file.h"

namespace healthtensor {

/// One tensor in the header of a safetensors file. Offsets count from the start of the data.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// Reads a safetensors file (huggingface/safetensors) more strictly than the reference: what it refuses is
/// refused, and so are duplicate names, unknown fields, leading spaces, ranks over 8, strange names, and
/// headers over 256 KiB. The header is checked completely, against the file's size, before anything else is
/// read. Failures are BAD_SAFETENSORS.
class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::string& path);

  /// In the order of their data.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  /// Copies `count` bytes of the entry, from `offset` within it.
  void read(const SafetensorsEntry& entry, void* bytes, size_t count, uint64_t offset = 0) const;

 private:
  InputFile file_;
  uint64_t dataStart_ = 0;
  std::vector<SafetensorsEntry> entries_;
};

/// Parses and checks a header against the number of data bytes behind it; the entries come back in the order
/// of their data. Throws std::invalid_argument with the reason.
std::vector<SafetensorsEntry> parseSafetensorsHeader(std::string_view header, uint64_t dataBytes);

/// Writes float32 tensors as the reference writer does: by name, header padded with spaces to a multiple of
/// 8,
/// `__metadata__` = {"format":"pt"}. `write` is called once a tensor in the order of `order()`.
class SafetensorsWriter {
 public:
  using Shapes = std::map<std::string, std::vector<int64_t>>;
  SafetensorsWriter(const std::string& path, Shapes shapes);

  const Shapes& order() const { return shapes_; }
  void write(const float* values, size_t count);
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  Shapes shapes_;
};

}  // namespace healthtensor
