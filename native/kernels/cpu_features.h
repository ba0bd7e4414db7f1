#pragma once

namespace healthtensor {

/// Whether this CPU, and the system under it, run the instructions that kernels of our own are compiled for.
bool cpuHasAvx512();
/// AVX-512 and its bfloat16 conversions (Cooper Lake, Zen 4, Sapphire Rapids and later).
bool cpuHasAvx512Bf16();

}  // namespace healthtensor
