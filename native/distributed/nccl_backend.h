#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace healthtensor {

/// Loads libhealthtensor_nccl.so, after libtorch_cuda. Throws NCCL_UNAVAILABLE.
void loadNccl();

/// c10d's NCCL, for tensors on the current CUDA device, from libhealthtensor_nccl.so beside the addon: the
/// addon itself is not linked to libtorch_cuda, which must be loaded by now. Throws NCCL_UNAVAILABLE.
c10::intrusive_ptr<c10d::Backend> openNcclBackend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                  int size, std::chrono::milliseconds timeout);

}  // namespace healthtensor
