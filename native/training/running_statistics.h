#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace healthtensor {

class StateTable;

/// Brings back the running statistics of batch norm, which the forward passes of a step have changed by the
/// time it turns out that the step is not to be: it was aborted, or its loss is no number.
class RunningStatistics {
 public:
  explicit RunningStatistics(const StateTable& state);

  /// Before a step.
  void keep();
  /// As they were at the last `keep`.
  void restore();

 private:
  std::vector<at::Tensor> statistics_;
  std::vector<at::Tensor> kept_;
};

}  // namespace healthtensor
