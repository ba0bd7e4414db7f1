#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <cstdio>
#include <cstring>

#include "checks.h"
#include "kernels/cpu_features.h"
#include "kernels/kernel_choice.h"

// The kernels' checks: without arguments all of them, one JSON object a line; with
// `time <network> [bfloat16|float32 [aten]]` times.
int main(int count, char** arguments) {
  using namespace healthtensor;
  at::set_num_threads(2);
  at::manual_seed(1);
  std::printf("{\"avx512\":%s,\"avx512bf16\":%s,\"own\":%s}\n", cpuHasAvx512() ? "true" : "false",
              cpuHasAvx512Bf16() ? "true" : "false",
              ownKernelsServe(at::zeros({1}, at::TensorOptions(at::kFloat))) ? "true" : "false");
  const auto asked = [&](int at, const char* word) {
    return count > at && std::strcmp(arguments[at], word) == 0;
  };
  if (count > 2 && asked(1, "time")) {
    checks::printTimes(arguments[2], asked(3, "float32") ? at::kFloat : at::kBFloat16, asked(4, "aten"));
    return 0;
  }
  checks::checkDepthwise();
  checks::checkStem();
  checks::checkMaxPool();
  checks::checkNormActivation();
  checks::checkCollective();
  checks::checkPacked();
  checks::checkSqueezeExcite();
  checks::checkMemory();
  return 0;
}
