#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace healthtensor {

/// A regular file opened for reading: symbolic links, devices and pipes are refused, and opening never waits.
/// What is wrong with the file carries the code given at construction, so that a stranger's bad file becomes
/// a verdict. What the system refuses (a missing file, no permission, no free descriptor, a failing disk) is
/// READ_FAILED: our trouble, which must not be held against a stranger.
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
  [[noreturn]] void systemFailure(int errorNumber) const;

  std::string path_;
  std::string failureCode_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace healthtensor
