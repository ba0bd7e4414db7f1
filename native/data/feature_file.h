#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace healthtensor {

/// The start of a feature file, little-endian as it lies there. Batches follow, each with its xxHash64.
struct FeatureHeader {
  std::array<char, 8> magic{'H', 'T', 'F', 'E', 'A', 'T', '0', '1'};
  uint64_t width = 0;
  uint64_t rows = 0;
  uint64_t batchRows = 0;
  std::array<uint64_t, 2> identity{};

  bool operator==(const FeatureHeader&) const = default;
};
static_assert(sizeof(FeatureHeader) == 48);

/// A file that is read and written, both at given places. Failures are READ_FAILED and WRITE_FAILED.
class FeatureFile {
 public:
  /// Opens the file at the path, or makes an empty one; whatever is no regular file is replaced.
  explicit FeatureFile(std::string path);
  ~FeatureFile();
  FeatureFile(const FeatureFile&) = delete;
  FeatureFile& operator=(const FeatureFile&) = delete;

  uint64_t size() const;
  /// False when the file ends before.
  bool read(void* bytes, uint64_t count, uint64_t offset) const;
  void write(const void* bytes, uint64_t count, uint64_t offset);
  void truncate(uint64_t size);
  void sync();
  /// Goes on with a new, empty file of the name; who has the old one open keeps it.
  void replace();

 private:
  void open();
  [[noreturn]] void fail(const char* code, const char* step) const;

  std::string path_;
  int descriptor_ = -1;
};

/// A lock on a file of the folder that ends with this object or the process.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// False when another process or object holds it.
  bool tryLock();

 private:
  int descriptor_ = -1;
};

}  // namespace healthtensor
