#include "input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "failure.h"

namespace healthtensor {

InputFile::InputFile(std::string path, std::string failureCode)
    : path_(std::move(path)), failureCode_(std::move(failureCode)) {
  // O_NONBLOCK: opening a pipe that nobody writes to would otherwise wait for ever.
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor_ < 0) fail(errno == ELOOP ? "it is a symbolic link" : systemMessage(errno));
  struct stat facts {};
  std::string problem;
  if (fstat(descriptor_, &facts) != 0) {
    problem = systemMessage(errno);
  } else if (!S_ISREG(facts.st_mode)) {
    problem = "it is not a regular file";
  }
  if (!problem.empty()) {
    close(descriptor_);
    fail(problem);
  }
  size_ = static_cast<uint64_t>(facts.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(void* bytes, size_t count, uint64_t offset) const {
  char* next = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, next, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(systemMessage(errno));
    if (got == 0) fail("it ends early");
    next += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
}

void InputFile::fail(const std::string& reason) const {
  throw Failure(failureCode_, std::filesystem::path(path_).filename().string() + ": " + reason);
}

}  // namespace healthtensor
