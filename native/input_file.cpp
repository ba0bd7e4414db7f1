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
  // ENXIO: a socket.
  if (descriptor_ < 0 && errno == ELOOP) fail("it is a symbolic link");
  if (descriptor_ < 0 && errno == ENXIO) fail("it is not a regular file");
  if (descriptor_ < 0) systemFailure(errno);
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0) {
    const int errorNumber = errno;
    close(descriptor_);
    systemFailure(errorNumber);
  }
  if (!S_ISREG(facts.st_mode)) {
    close(descriptor_);
    fail("it is not a regular file");
  }
  size_ = static_cast<uint64_t>(facts.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(void* bytes, size_t count, uint64_t offset) const {
  char* next = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, next, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) systemFailure(errno);
    if (got == 0) fail("it ends early");
    next += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
}

void InputFile::fail(const std::string& reason) const {
  throw Failure(failureCode_, std::filesystem::path(path_).filename().string() + ": " + reason);
}

void InputFile::systemFailure(int errorNumber) const {
  throw Failure("READ_FAILED", "Cannot read " + path_ + ": " + systemMessage(errorNumber));
}

}  // namespace healthtensor
