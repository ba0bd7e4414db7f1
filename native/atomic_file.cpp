#include "atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <iomanip>
#include <random>
#include <sstream>
#include <string_view>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr size_t kRandomDigits = 16;
constexpr std::string_view kTemporaryEnd = ".tmp";

// Random, not counted: process numbers are the same again in every container, and a name that a killed
// process left behind would be in the way for good.
std::string temporaryName(const std::string& path) {
  std::random_device random;
  std::ostringstream name;
  name << path << '.' << std::hex << std::setfill('0') << std::setw(8) << random() << std::setw(8) << random()
       << kTemporaryEnd;
  return name.str();
}

bool isTemporaryOf(const std::string& path, const std::filesystem::path& candidate) {
  const std::string stem = std::filesystem::path(path).filename().string() + '.';
  const std::string name = candidate.filename().string();
  return name.size() == stem.size() + kRandomDigits + kTemporaryEnd.size() && name.starts_with(stem) &&
         name.ends_with(kTemporaryEnd) &&
         std::all_of(name.begin() + static_cast<ptrdiff_t>(stem.size()),
                     name.end() - static_cast<ptrdiff_t>(kTemporaryEnd.size()),
                     [](unsigned char c) { return std::isxdigit(c); });
}

// What processes left behind that were killed while they wrote: nobody holds its lock any more. Best effort.
void removeAbandoned(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    if (!isTemporaryOf(path, entry->path())) continue;
    const int descriptor = open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(entry->path().c_str());
    close(descriptor);
  }
}

// Makes the rename itself survive a power cut.
bool syncFolder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  const int errorNumber = errno;
  close(descriptor);
  errno = errorNumber;
  return synced;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_(temporaryName(path_)) {
  removeAbandoned(path_);
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) fail("create");
  // Tells removeAbandoned of another process that this one lives; a file system without locks has no such
  // cleaning either.
  flock(descriptor_, LOCK_EX | LOCK_NB);
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
    // A second link rather than a rename, so that at no moment there is no file under the name; some file
    // systems have no links.
    unlink(previous.c_str());
    if (link(path_.c_str(), previous.c_str()) != 0 && errno != ENOENT &&
        rename(path_.c_str(), previous.c_str()) != 0) {
      fail("keep the previous version of");
    }
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
