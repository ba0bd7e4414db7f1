#pragma once

#include "models/layers.h"
#include "models/pass.h"
#include "models/state.h"

namespace healthtensor {

/// A classifier of gray images: a backbone that turns an image into features, and a head that turns features
/// into logits. Building one declares its tensors and allocates nothing; `state().initialise` or
/// `loadWeights` fills them.
class Model {
 public:
  virtual ~Model() = default;

  /// Features [batch, F] of normalised images [batch, channels, size, size] in the channels-last layout; both
  /// have the same type.
  virtual at::Tensor features(const at::Tensor& images, const Pass& pass) = 0;
  /// Float32 logits [batch, classes] of features.
  virtual at::Tensor classify(const at::Tensor& features, const Pass& pass) = 0;

  at::Tensor forward(const at::Tensor& images, const Pass& pass) {
    return classify(features(images, pass), pass);
  }

  StateTable& state() { return state_; }
  const StateTable& state() const { return state_; }

 protected:
  StateTable state_;
};

}  // namespace healthtensor
