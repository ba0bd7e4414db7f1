#include "data/feature_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr int kReadWrite = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

}  // namespace

FeatureFile::FeatureFile(std::string path) : path_(std::move(path)) {
  // A link, pipe or socket under our name is as foreign as a file of somebody else's.
  struct stat facts {};
  if (lstat(path_.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) && unlink(path_.c_str()) != 0)
    fail("WRITE_FAILED", "replace");
  open();
}

FeatureFile::~FeatureFile() { close(descriptor_); }

void FeatureFile::open() {
  descriptor_ = ::open(path_.c_str(), kReadWrite, 0644);
  if (descriptor_ < 0) fail("WRITE_FAILED", "open");
}

uint64_t FeatureFile::size() const {
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0) fail("READ_FAILED", "read");
  return static_cast<uint64_t>(facts.st_size);
}

bool FeatureFile::read(void* bytes, uint64_t count, uint64_t offset) const {
  char* next = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, next, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("READ_FAILED", "read");
    if (got == 0) return false;
    next += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<uint64_t>(got);
  }
  return true;
}

void FeatureFile::write(const void* bytes, uint64_t count, uint64_t offset) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t put = pwrite(descriptor_, next, count, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("WRITE_FAILED", "write");
    next += put;
    offset += static_cast<uint64_t>(put);
    count -= static_cast<uint64_t>(put);
  }
}

void FeatureFile::truncate(uint64_t size) {
  if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail("WRITE_FAILED", "truncate");
}

void FeatureFile::sync() {
  if (fsync(descriptor_) != 0) fail("WRITE_FAILED", "sync");
}

void FeatureFile::replace() {
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) fail("WRITE_FAILED", "replace");
  close(descriptor_);
  open();
}

void FeatureFile::fail(const char* code, const char* step) const {
  throw Failure(code, std::string("Cannot ") + step + " " + path_ + ": " + systemMessage(errno));
}

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/features.lock";
  descriptor_ = ::open(path.c_str(), kReadWrite, 0644);
  if (descriptor_ < 0) throw Failure("WRITE_FAILED", "Cannot open " + path + ": " + systemMessage(errno));
}

FolderLock::~FolderLock() { close(descriptor_); }

bool FolderLock::tryLock() {
  while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR)
      throw Failure("WRITE_FAILED", "Cannot lock the feature cache: " + systemMessage(errno));
  }
  return true;
}

}  // namespace healthtensor
