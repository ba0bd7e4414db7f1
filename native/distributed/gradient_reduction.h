#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <vector>

namespace healthtensor {

class ProcessGroup;

/// Has a backward pass leave the mean of all processes' gradients in the parameters, by c10d's Reducer (Li et
/// al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020): gradients are
/// summed in buckets while the pass is still computing those of earlier layers.
///
/// Lives as long as the parameters are trained: it hooks into them.
class GradientReduction {
 public:
  /// The same parameters in the same order on all processes; the group must outlive it.
  GradientReduction(ProcessGroup& group, std::vector<at::Tensor> parameters);
  ~GradientReduction();

  /// Runs the backward pass of a step. Every parameter must take part in it. Throws PEER_LOST.
  void backward(const at::Tensor& loss);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace healthtensor
