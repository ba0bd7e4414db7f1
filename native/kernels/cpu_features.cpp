#include "kernels/cpu_features.h"

namespace healthtensor {

#if defined(__x86_64__)

// GCC's and Clang's run-time also asks whether the system saves the wide registers.
bool cpuHasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}

bool cpuHasAvx512Bf16() { return cpuHasAvx512() && __builtin_cpu_supports("avx512bf16"); }

#else

bool cpuHasAvx512() { return false; }
bool cpuHasAvx512Bf16() { return false; }

#endif

}  // namespace healthtensor
