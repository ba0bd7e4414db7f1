#pragma once

#include <cstddef>
#include <string>

namespace healthtensor {

/// A file that appears under its name complete and durable, or not at all: temporary sibling, fsync, rename,
/// fsync of the folder. Destroyed before `commit`, it leaves nothing; what a killed process left is removed
/// by the next one that writes the same file. Every failure is WRITE_FAILED with the path and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t count);
  /// With `previous`, the file that stood there before is kept under that name; the name itself is never
  /// vacant, but for a moment where the file system has no hard links.
  void commit(const std::string& previous = "");

 private:
  [[noreturn]] void fail(const char* step) const;

  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace healthtensor
