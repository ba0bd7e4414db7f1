#pragma once

#include <ATen/core/Generator.h>

#include <utility>

namespace healthtensor {

class Collective;
class PackedLayers;

/// How a forward pass runs. The precision is not here: activations have the type of the images, and layers
/// convert their float32 weights to it.
class Pass {
 public:
  /// With the running statistics. Given a place for them, layers keep their weights in it folded and packed
  /// for this device and precision; it must not outlive the next change of the weights.
  static Pass evaluation(PackedLayers* packed = nullptr) {
    Pass pass;
    pass.packed_ = packed;
    return pass;
  }
  /// With the batch's statistics, over all processes of the collective if there is one, and a generator for
  /// dropout.
  static Pass training(at::Generator generator, Collective* collective = nullptr) {
    Pass pass;
    pass.generator_ = std::move(generator);
    pass.collective_ = collective;
    return pass;
  }

  bool isTraining() const { return generator_.defined(); }
  const at::Generator& generator() const { return generator_; }
  Collective* collective() const { return collective_; }
  PackedLayers* packed() const { return packed_; }

 private:
  at::Generator generator_;
  Collective* collective_ = nullptr;
  PackedLayers* packed_ = nullptr;
};

}  // namespace healthtensor
