#include "distributed/nccl/open_nccl.h"

#define USE_C10D_NCCL
#include <cstdlib>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

extern "C" __attribute__((visibility("default"))) c10d::Backend* healthtensorOpenNccl(
    const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, int64_t timeoutMs) {
  // When a peer is lost, the watchdog aborts the communication and leaves the process alive (mode 2), which
  // then learns of the loss from Gloo and ends the training itself. The default ends the process. Not over a
  // value of the operator's.
  setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2", /*replace=*/0);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = std::chrono::milliseconds(timeoutMs);
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, std::move(options)).release();
}

static_assert(std::is_same_v<decltype(healthtensorOpenNccl), healthtensor::OpenNccl>);
