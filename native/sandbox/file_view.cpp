#include "file_view.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace healthtensor::sandbox {
namespace {

// Of the kernel's linux/landlock.h, written out: the header of the machine that compiles may be older than
// the kernel that runs.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr uint64_t kExecute = 1U << 0;
constexpr uint64_t kWriteFile = 1U << 1;
constexpr uint64_t kReadFile = 1U << 2;
constexpr uint64_t kReadFolder = 1U << 3;
constexpr uint64_t kControlDevice = 1U << 15;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

struct Ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

struct PathRule {
  uint64_t allowed;
  int32_t descriptor;
} __attribute__((packed));

// Every right over files that a version knows; what is named here and not allowed by a rule is refused.
uint64_t fileRights(int version) {
  if (version >= 5) return (1U << 16) - 1;  // controlling devices
  if (version >= 3) return (1U << 15) - 1;  // truncating
  if (version >= 2) return (1U << 14) - 1;  // linking and renaming into another folder
  return (1U << 13) - 1;
}

// False with errno when the path cannot be opened; one that does not exist needs no rule.
bool allow(int ruleset, const std::string& path, uint64_t rights, uint64_t known) {
  const int descriptor = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
  struct stat facts {};
  const bool folder = fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode);
  const uint64_t fitting = folder ? rights | (rights & kReadFile ? kReadFolder : 0) : rights;
  const PathRule rule{.allowed = fitting & known, .descriptor = descriptor};
  const bool done = syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) == 0;
  const int errorNumber = errno;
  close(descriptor);
  errno = errorNumber;
  return done;
}

bool allowAll(int ruleset, const std::vector<std::string>& paths, uint64_t rights, uint64_t known) {
  for (const std::string& path : paths) {
    if (!allow(ruleset, path, rights, known)) return false;
  }
  return true;
}

}  // namespace

Protection restrictFiles(const Orders& orders) {
  const auto failed = [](const char* what) {
    return Protection{"files", false, std::string("Landlock: ") + what + ": " + std::strerror(errno)};
  };
  const auto version = static_cast<int>(syscall(kCreateRuleset, nullptr, 0, kAskVersion));
  if (version < 1) return failed("the kernel does not offer it");
  const uint64_t known = fileRights(version);
  const Ruleset wanted{
      .files = known,
      .network = version >= 4 ? 3U : 0U,  // binding and connecting TCP
      .scopes = version >= 6 ? 3U : 0U,   // abstract sockets and signals
  };
  const auto ruleset = static_cast<int>(syscall(kCreateRuleset, &wanted, sizeof wanted, 0));
  if (ruleset < 0) return failed("no ruleset");
  const bool done = allowAll(ruleset, orders.readable, kReadFile, known) &&
                    allowAll(ruleset, orders.startable, kReadFile | kExecute, known) &&
                    allowAll(ruleset, orders.devices, kReadFile | kWriteFile | kControlDevice, known) &&
                    syscall(kRestrictSelf, ruleset, 0) == 0;
  const Protection result =
      done ? Protection{"files", true, "Landlock " + std::to_string(version)} : failed("a rule was refused");
  close(ruleset);
  return result;
}

}  // namespace healthtensor::sandbox
