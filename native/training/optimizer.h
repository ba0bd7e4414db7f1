#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "training/recipe.h"

namespace healthtensor {

class StateTable;

/// Parameters that are trained alike.
struct ParameterGroup {
  double rate = 1;  ///< times the learning rate
  double weightDecay = 0;
  std::vector<std::string> names;
  std::vector<at::Tensor> parameters;
};

/// The parameters that the recipe trains: the backbone (none when its rate is 0) and the head, each with and
/// without weight decay. Vectors, which are biases and norms, have none.
std::vector<ParameterGroup> parameterGroups(const StateTable& state, const Recipe& recipe);

/// Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019) in ATen's fused kernels, with Keras'
/// constants: beta 0.9 and 0.999, epsilon 1e-7.
class Optimizer {
 public:
  /// Allocates two moments a parameter; the parameters must already be on their device.
  Optimizer(OptimizerKind kind, std::vector<ParameterGroup> groups);

  /// Forgets the gradients, and their memory.
  void clearGradients();
  /// In a fixed order.
  std::vector<at::Tensor> parameters() const;
  /// Those of all parameters, in the same order.
  std::vector<at::Tensor> gradients() const;
  /// Updates every parameter from its gradient divided by `divisor`: loss scale and clipping, in the same
  /// pass.
  void step(double learningRate, double divisor = 1);

  /// Steps taken. Setting it is for resuming, together with the moments.
  int64_t steps() const { return steps_; }
  void setSteps(int64_t steps) { steps_ = steps; }
  /// Both moments of each parameter, by name.
  std::vector<std::pair<std::string, at::Tensor>> moments() const;

 private:
  struct Group {
    ParameterGroup of;
    std::vector<at::Tensor> firstMoments;
    std::vector<at::Tensor> secondMoments;
    /// The kernel wants the number of steps as one tensor a parameter; it is the same one.
    std::vector<at::Tensor> stepTensors;
  };

  OptimizerKind kind_;
  std::vector<Group> groups_;
  at::Tensor stepTensor_;
  int64_t steps_ = 0;
};

}  // namespace healthtensor
