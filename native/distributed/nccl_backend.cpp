#include "distributed/nccl_backend.h"

#include <dlfcn.h>

#include <filesystem>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "distributed/nccl/open_nccl.h"
#include "failure.h"

namespace healthtensor {
namespace {

std::filesystem::path libraryPath() {
  Dl_info own{};
  // Any symbol of the addon's does.
  static const int kHere = 0;
  if (dladdr(&kHere, &own) == 0) return kNcclLibrary;
  return std::filesystem::path(own.dli_fname).replace_filename(kNcclLibrary);
}

[[noreturn]] void unavailable(const std::string& reason) {
  throw Failure("NCCL_UNAVAILABLE", "Training on several GPUs needs NCCL: " + reason);
}

OpenNccl* loadOpenNccl() {
  void* library = dlopen(libraryPath().c_str(), RTLD_NOW | RTLD_LOCAL);
  void* function = library == nullptr ? nullptr : dlsym(library, kOpenNcclName);
  if (function == nullptr) {
    const char* reason = dlerror();
    unavailable(reason == nullptr ? "its library cannot be loaded" : reason);
  }
  return reinterpret_cast<OpenNccl*>(function);
}

// Never unloaded: the backends that it makes have their code in it.
OpenNccl* openFunction() {
  static OpenNccl* const open = loadOpenNccl();
  return open;
}

}  // namespace

void loadNccl() { openFunction(); }

c10::intrusive_ptr<c10d::Backend> openNcclBackend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                  int size, std::chrono::milliseconds timeout) {
  return c10::intrusive_ptr<c10d::Backend>::reclaim(openFunction()(store, rank, size, timeout.count()));
}

}  // namespace healthtensor
