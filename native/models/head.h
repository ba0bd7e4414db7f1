#pragma once

#include <optional>

#include "models/layers.h"

namespace healthtensor {

struct ModelSpec;

/// From features to logits: Dense `hidden` - ReLU - dropout - Dense as `head.fc1` and `head.fc2`, or, with
/// the option `hidden` at 0, one Dense under timm's own name for the classifier.
class Head {
 public:
  Head(StateTable& state, const ModelSpec& spec, int64_t inputs, const std::string& linearName,
       double dropout = 0);

  /// Float32 logits. Runs in the features' type.
  at::Tensor operator()(const at::Tensor& features, const Pass& pass) const;

 private:
  std::optional<Dense> hidden_;
  std::optional<Dense> output_;
  double dropout_;
};

/// Mean over height and width, [batch, channels], in float32 whatever the activations' type: so few numbers
/// cost nothing, and the head then works on unrounded ones.
at::Tensor globalAveragePool(const at::Tensor& x);

}  // namespace healthtensor
