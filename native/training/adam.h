#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace healthtensor {

/// Adam (Kingma and Ba 2015) in ATen's fused kernel, with Keras' constants (beta 0.9 and 0.999, epsilon
/// 1e-7).
class Adam {
 public:
  /// Allocates two moments a parameter; the parameters must already be on their device.
  Adam(std::vector<at::Tensor> parameters, double learningRate);

  /// Forgets the gradients of the last step.
  void clearGradients();
  /// Updates every parameter from its gradient.
  void step();

  /// Steps taken. Setting it is for resuming, together with the moments.
  int64_t steps() const { return steps_; }
  void setSteps(int64_t steps);
  std::vector<at::Tensor>& firstMoments() { return firstMoments_; }
  std::vector<at::Tensor>& secondMoments() { return secondMoments_; }

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> firstMoments_;
  std::vector<at::Tensor> secondMoments_;
  /// The kernel wants the number of steps as one tensor a parameter.
  std::vector<at::Tensor> stepTensors_;
  int64_t steps_ = 0;
  double learningRate_;
};

}  // namespace healthtensor
