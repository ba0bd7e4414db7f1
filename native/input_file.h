#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace healthtensor {

/// A regular file opened for reading: symbolic links, devices and pipes are refused, and opening never waits.
/// All failures carry the code given at construction, so that a bad file of a stranger becomes a verdict.
class InputFile {
 public:
  InputFile(std::string path, std::string failureCode);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Bytes, as it was when opened.
  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  /// Reads exactly `count` bytes at `offset`, or fails.
  void read(void* bytes, size_t count, uint64_t offset) const;
  [[noreturn]] void fail(const std::string& reason) const;

 private:
  std::string path_;
  std::string failureCode_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace healthtensor
