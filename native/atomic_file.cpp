#include "atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>

#include "failure.h"

namespace healthtensor {
namespace {

std::string temporaryName(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + "." + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".tmp";
}

// Makes the rename itself survive a power cut.
bool syncFolder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_(temporaryName(path_)) {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) fail("create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* bytes, size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    next += written;
    count -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit(const std::string& previous) {
  if (fsync(descriptor_) != 0) fail("flush");
  if (!previous.empty()) {
    // A second link rather than a rename: at no moment is there no file under the name.
    unlink(previous.c_str());
    if (link(path_.c_str(), previous.c_str()) != 0 && errno != ENOENT) fail("keep the previous version of");
  }
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("put in place");
  close(descriptor_);
  descriptor_ = -1;
  if (!syncFolder(path_)) fail("flush the folder of");
}

void AtomicFile::fail(const char* step) const {
  throw Failure("WRITE_FAILED", std::string("Cannot ") + step + " " + path_ + ": " + systemMessage(errno));
}

}  // namespace healthtensor
