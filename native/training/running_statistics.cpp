#include "training/running_statistics.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/empty_like.h>

#include "models/state.h"

namespace healthtensor {

RunningStatistics::RunningStatistics(const StateTable& state) {
  for (const StateTensor& entry : state.entries()) {
    if (entry.role == Role::kParameter) continue;
    statistics_.push_back(entry.tensor);
    kept_.push_back(at::empty_like(entry.tensor));
  }
}

void RunningStatistics::keep() {
  const at::NoGradGuard noGradients;
  if (!kept_.empty()) at::_foreach_copy_(kept_, statistics_);
}

void RunningStatistics::restore() {
  const at::NoGradGuard noGradients;
  if (!kept_.empty()) at::_foreach_copy_(statistics_, kept_);
}

}  // namespace healthtensor
