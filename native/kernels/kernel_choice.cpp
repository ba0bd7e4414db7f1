#include "kernels/kernel_choice.h"

#include <cstdlib>
#include <string_view>

#include "failure.h"
#include "kernels/cpu_features.h"

namespace healthtensor {
namespace {

bool ownKernelsWanted() {
  const char* value = std::getenv("HEALTHTENSOR_KERNELS");
  const std::string_view choice = value == nullptr ? "" : value;
  if (choice == "aten") return false;
  if (choice.empty() || choice == "own") return true;
  throw Failure("BAD_ENVIRONMENT", "HEALTHTENSOR_KERNELS is \"" + std::string(choice) +
                                       "\", expected \"own\" or \"aten\": correct it or leave it out");
}

}  // namespace

bool ownKernelsServe(const at::Tensor& x) {
#ifdef HEALTHTENSOR_AVX512
  static const bool wanted = ownKernelsWanted();
  static const bool float32 = wanted && cpuHasAvx512();
  static const bool bfloat16 = wanted && cpuHasAvx512Bf16();
  if (!x.device().is_cpu()) return false;
  return x.scalar_type() == at::kFloat ? float32 : x.scalar_type() == at::kBFloat16 && bfloat16;
#else
  static_cast<void>(x);
  static const bool wanted = ownKernelsWanted();  // for its check of the value
  static_cast<void>(wanted);
  return false;
#endif
}

}  // namespace healthtensor
