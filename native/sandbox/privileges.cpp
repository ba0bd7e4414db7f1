#include "privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace healthtensor::sandbox {
namespace {

__user_cap_header_struct ownHeader() { return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0}; }

uint64_t permittedCapabilities() {
  __user_cap_header_struct header = ownHeader();
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return 0;
  return sets[0].permitted | uint64_t{sets[1].permitted} << 32;
}

// Containers often take the first from root and leave the second, which would allow writing too, were that
// not refused by the other measures.
uint64_t readingOf(uint64_t capabilities) {
  const uint64_t search = capabilities & 1U << CAP_DAC_READ_SEARCH;
  return search != 0 ? search : capabilities & 1U << CAP_DAC_OVERRIDE;
}

// What is not in the bounding set does not come back with the next program, even for root.
bool shrinkBoundingSet(uint64_t kept) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if ((kept >> capability & 1) != 0 || prctl(PR_CAPBSET_READ, capability) == 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability) != 0) return false;
  }
  return true;
}

bool keepCapabilities(uint64_t kept) {
  __user_cap_header_struct header = ownHeader();
  std::array<__user_cap_data_struct, 2> sets{};
  sets[0].permitted = sets[0].effective = static_cast<uint32_t>(kept);
  return syscall(SYS_capset, &header, sets.data()) == 0;
}

}  // namespace

Protection dropPrivileges() {
  const auto failed = [](const char* what) {
    return Protection{"privileges", false, std::string(what) + ": " + std::strerror(errno)};
  };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  const uint64_t capabilities = permittedCapabilities();
  if (capabilities == 0) return {"privileges", true, "no_new_privs"};
  const uint64_t kept = geteuid() == 0 ? readingOf(capabilities) : 0;
  // Without the right to shrink it, nothing is in it that this process does not have.
  if ((capabilities >> CAP_SETPCAP & 1) != 0 && !shrinkBoundingSet(kept)) return failed("bounding set");
  if (!keepCapabilities(kept)) return failed("capabilities");
  return {"privileges", true,
          kept == 0 ? "no_new_privs, no capabilities" : "no_new_privs, root may only read"};
}

}  // namespace healthtensor::sandbox
