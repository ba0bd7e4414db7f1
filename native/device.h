#pragma once

#include <string>

namespace c10 {
struct Device;
}

namespace healthtensor {

/// Where tensors live and how many CPU threads an operation may use.
struct DeviceChoice {
  bool cuda = false;
  int index = 0;
  int threads = 1;
};

/// Sets the calling thread up for work on the device, which becomes its current one, and names it. Call it on
/// the engine thread before each job: OpenMP keeps its thread count per calling thread.
c10::Device enterDevice(const DeviceChoice& choice);

/// Once per engine thread, before its first parallel region (the pool's threads inherit the setting):
/// denormal numbers count as zero. Weights full of them would slow a CPU many times over, a cheap way to
/// delay a validator.
void flushDenormals();

/// Facts about the libtorch in this process. None of them asks about CUDA.
std::string torchVersion();
std::string cpuCapability();
std::string libtorchFolder();
int defaultThreads();

/// Whether the NVIDIA driver's library can be loaded.
bool cudaDriverPresent();
/// dlopens libtorch_cuda.so, whose static initialisers register the CUDA backend. Must come before the first
/// question about CUDA, since ATen caches the hooks it finds then. Throws CUDA_LOAD_FAILED.
void loadCuda(const std::string& libraryPath);
bool cudaRegistered();
int cudaDevices();
/// Whether the current GPU computes in bfloat16 (compute capability 8.0 and later); such a one also has TF32,
/// which cuDNN uses for float32 convolutions by ATen's default.
bool cudaBfloat16();

}  // namespace healthtensor
