#pragma once

#include "protection.h"

namespace healthtensor::sandbox {

/// Which calls to the system are left.
struct CallPolicy {
  /// A GPU's driver opens device files for writing, and sockets of the machine.
  bool gpu = false;
};

/// Refuses this process and its descendants, by a seccomp filter, sockets, other processes (to start, trace
/// or signal them), writing, changing and locking files, mounts, namespaces, keys, kernel modules and every
/// call that is newer than this list.
Protection restrictSystemCalls(const CallPolicy& policy);

}  // namespace healthtensor::sandbox
