#include "training/moving_average.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>

#include <algorithm>

#include "models/state.h"

namespace healthtensor {

MovingAverage::MovingAverage(std::vector<StateTensor*> tensors, double decay)
    : of_(std::move(tensors)), decay_(decay) {
  for (const StateTensor* entry : of_) averages_.push_back(entry->tensor.detach().clone());
}

void MovingAverage::restart() {
  const at::NoGradGuard noGradients;
  for (size_t i = 0; i < of_.size(); ++i) averages_[i].copy_(of_[i]->tensor);
}

void MovingAverage::update(int64_t steps) {
  const at::NoGradGuard noGradients;
  const auto count = static_cast<double>(steps);
  const double decay = std::min(decay_, (1 + count) / (10 + count));
  std::vector<at::Tensor> now;
  now.reserve(of_.size());
  for (const StateTensor* entry : of_) now.push_back(entry->tensor);
  at::_foreach_lerp_(averages_, now, 1 - decay);
}

std::vector<std::pair<std::string, at::Tensor>> MovingAverage::tensors() const {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (size_t i = 0; i < of_.size(); ++i) named.emplace_back("average of " + of_[i]->name, averages_[i]);
  return named;
}

void MovingAverage::exchange() {
  for (size_t i = 0; i < of_.size(); ++i) std::swap(of_[i]->tensor, averages_[i]);
}

}  // namespace healthtensor
