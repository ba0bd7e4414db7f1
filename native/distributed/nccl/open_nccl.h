#pragma once

#include <c10/util/intrusive_ptr.h>

#include <cstdint>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace healthtensor {

/// The one function of libhealthtensor_nccl.so: a c10d::ProcessGroupNCCL on the current CUDA device, which
/// the caller owns. libtorch's errors pass through: both sides are linked to the same libc10.
using OpenNccl = c10d::Backend*(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                                int64_t timeoutMs);

inline constexpr const char* kNcclLibrary = "libhealthtensor_nccl.so";
inline constexpr const char* kOpenNcclName = "healthtensorOpenNccl";

}  // namespace healthtensor
