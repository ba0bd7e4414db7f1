#include "distributed/gloo_backend.h"

#include <torch/headeronly/version.h>

#include "failure.h"

// The releases that gloo_declarations/README.md was checked with.
#if TORCH_VERSION_MAJOR == 2 && (TORCH_VERSION_MINOR == 13 || TORCH_VERSION_MINOR == 14)
#define HEALTHTENSOR_GLOO_IS_KNOWN
#endif

#ifdef HEALTHTENSOR_GLOO_IS_KNOWN

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

namespace healthtensor {
namespace {

// What libtorch_cpu.so itself allocates and frees for these classes.
static_assert(sizeof(c10d::ProcessGroupGloo) == (TORCH_VERSION_MINOR == 13 ? 488 : 544));
static_assert(sizeof(c10d::ProcessGroupGloo::Options) == 184);

// One for each thing that may be in flight at a time: two buckets of gradients, and a sum of batch norm's
// that must not wait for them.
constexpr int kThreads = 3;

}  // namespace

c10::intrusive_ptr<c10d::Backend> openGlooBackend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                  int size, const std::string& listenAddress,
                                                  std::chrono::milliseconds timeout) {
  const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->threads = kThreads;
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(listenAddress));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
}

}  // namespace healthtensor

#else

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace healthtensor {

c10::intrusive_ptr<c10d::Backend> openGlooBackend(const c10::intrusive_ptr<c10d::Store>&, int, int,
                                                  const std::string&, std::chrono::milliseconds) {
  throw Failure("GROUP_UNSUPPORTED",
                "Training on several processes needs libtorch 2.13 or 2.14, but this is " TORCH_VERSION);
}

}  // namespace healthtensor

#endif
