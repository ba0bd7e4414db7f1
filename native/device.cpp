#include "device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/headeronly/version.h>

#include <filesystem>

#include "failure.h"

namespace healthtensor {

c10::Device enterDevice(const DeviceChoice& choice) {
  if (at::get_num_threads() != choice.threads) at::set_num_threads(choice.threads);
  if (choice.cuda) {
    const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(choice.index));
    // Through the registered backend, so that no header of CUDA's is needed. Operations find their device by
    // their tensors; what has none (a new stream, NCCL's communicator) takes the thread's.
    c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).setDevice(device);
    return device;
  }
  return c10::Device(c10::DeviceType::CPU);
}

void flushDenormals() { at::globalContext().setFlushDenormal(true); }

std::string torchVersion() { return TORCH_VERSION; }

std::string cpuCapability() { return at::get_cpu_capability(); }

std::string libtorchFolder() {
  Dl_info found{};
  // Any function that lives in libtorch_cpu will do.
  if (dladdr(reinterpret_cast<const void*>(&at::get_cpu_capability), &found) == 0) return "";
  return std::filesystem::path(found.dli_fname).parent_path().lexically_normal().string();
}

int defaultThreads() { return at::get_num_threads(); }

bool cudaDriverPresent() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver == nullptr) return false;
  dlclose(driver);
  return true;
}

void loadCuda(const std::string& libraryPath) {
  if (dlopen(libraryPath.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* reason = dlerror();
    throw Failure("CUDA_LOAD_FAILED", reason == nullptr ? "libtorch_cuda cannot be loaded" : reason);
  }
}

bool cudaRegistered() { return at::detail::getCUDAHooks().hasCUDART(); }

bool cudaBfloat16() {
  return cudaDevices() > 0 && at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
}

int cudaDevices() { return cudaRegistered() ? at::detail::getCUDAHooks().deviceCount() : 0; }

}  // namespace healthtensor
