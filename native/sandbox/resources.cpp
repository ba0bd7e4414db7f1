#include "resources.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace healthtensor::sandbox {
namespace {

// Standard streams and the pipe to the parent.
constexpr unsigned kLastOwn = 3;
constexpr rlim_t kOpenFiles = 1024;

bool limit(__rlimit_resource resource, rlim_t most) {
  rlimit limits{};
  if (getrlimit(resource, &limits) != 0) return false;
  limits.rlim_max = std::min(limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  return setrlimit(resource, &limits) == 0;
}

void beFirstToGo() {
  const int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  [[maybe_unused]] const ssize_t written = write(descriptor, "1000", 4);
  close(descriptor);
}

}  // namespace

bool belongToParent(const Orders& orders) {
#ifdef SYS_close_range
  syscall(SYS_close_range, kLastOwn + 1, ~0U, 0);
#endif
  if (orders.parent == 0) return true;
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == orders.parent;
}

Protection limitResources(const Orders& orders) {
  beFirstToGo();
  // A GPU's driver has files in memory, which count.
  const bool files = !orders.devices.empty() || limit(RLIMIT_FSIZE, 0);
  const bool done = files && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, kOpenFiles) &&
                    (orders.memoryBytes == 0 || limit(RLIMIT_DATA, orders.memoryBytes));
  if (!done) return {"resources", false, std::string("setrlimit: ") + std::strerror(errno)};
  return {"resources", true, orders.memoryBytes == 0 ? "setrlimit, memory not limited" : "setrlimit"};
}

}  // namespace healthtensor::sandbox
