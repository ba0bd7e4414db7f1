#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace healthtensor {

struct StateTensor;

/// Exponential moving average of everything that training changes in a model: the weights and, with the same
/// decay, the running statistics of batch norm, which belong to them. It often generalises better than the
/// last weights (Polyak and Juditsky 1992).
class MovingAverage {
 public:
  /// Starts as a copy of the tensors, which are those of a model.
  MovingAverage(std::vector<StateTensor*> tensors, double decay);

  /// Is a copy of the tensors again.
  void restart();
  /// Takes in the tensors after the `steps`th step, from 1. The decay begins low, at
  /// (1 + steps) / (10 + steps), so that the random start is soon forgotten.
  void update(int64_t steps);

  /// By name, for the checkpoint.
  std::vector<std::pair<std::string, at::Tensor>> tensors() const;

  /// Exchanges the average with the model's tensors; the second call takes it back.
  void exchange();

 private:
  std::vector<StateTensor*> of_;
  std::vector<at::Tensor> averages_;
  double decay_;
};

/// While it lives the model is the average; does nothing without one.
class AveragedWeights {
 public:
  explicit AveragedWeights(MovingAverage* average) : average_(average) {
    if (average_ != nullptr) average_->exchange();
  }
  ~AveragedWeights() {
    if (average_ != nullptr) average_->exchange();
  }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  MovingAverage* average_;
};

}  // namespace healthtensor
