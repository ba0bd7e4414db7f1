#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <string>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace healthtensor {

/// c10d's Gloo over TCP, for tensors on the CPU. It listens on `listenAddress` (an address of this machine)
/// only. Returns when all processes are connected. Throws GROUP_UNSUPPORTED when the libtorch is of a release
/// that this was not checked with.
c10::intrusive_ptr<c10d::Backend> openGlooBackend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                  int size, const std::string& listenAddress,
                                                  std::chrono::milliseconds timeout);

}  // namespace healthtensor
