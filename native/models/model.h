#pragma once

#include "models/layers.h"
#include "models/state.h"

namespace healthtensor {

/// A classifier of gray images. Building one declares its tensors and allocates nothing; `state().initialise`
/// or `loadWeights` fills them.
class Model {
 public:
  virtual ~Model() = default;

  /// Logits [batch, classes] of normalised images [batch, channels, size, size] in the channels-last layout.
  virtual at::Tensor forward(const at::Tensor& images, const Pass& pass) = 0;

  StateTable& state() { return state_; }
  const StateTable& state() const { return state_; }

 protected:
  StateTable state_;
};

}  // namespace healthtensor
