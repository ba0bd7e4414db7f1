#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <utility>

#include "cancellation.h"

namespace healthtensor {

class Collective;
class PackedLayers;

/// Which of the images of one optimiser step a pass is given. Random numbers are drawn for all of them, so
/// that they do not depend on how processes and accumulated batches share the step.
struct StepPart {
  int64_t images = 0;  ///< of the whole step; 0: what the pass is given is all of it
  int64_t first = 0;   ///< where the pass' own begin
};

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
  /// With the running statistics, each operation by itself as PyTorch runs a model eagerly: nothing is
  /// folded, packed or fused. What the faster one is compared with.
  static Pass eagerEvaluation() {
    Pass pass;
    pass.eager_ = true;
    return pass;
  }
  /// With the batch's statistics, over all processes of the collective if there is one, and a generator for
  /// dropout. Every part of a step gets a generator that starts the same.
  static Pass training(at::Generator generator, Collective* collective = nullptr, StepPart part = {}) {
    Pass pass;
    pass.generator_ = std::move(generator);
    pass.part_ = part;
    pass.collective_ = collective;
    return pass;
  }

  /// The same, heard at every layer: one batch of a large network takes seconds on a CPU. The cancellation
  /// must outlive the pass and its gradients.
  Pass stoppableBy(const Cancellation& cancellation) const {
    Pass pass = *this;
    pass.cancellation_ = &cancellation;
    return pass;
  }

  bool isTraining() const { return generator_.defined(); }
  bool isEager() const { return eager_; }
  const at::Generator& generator() const { return generator_; }
  Collective* collective() const { return collective_; }
  const StepPart& part() const { return part_; }
  PackedLayers* packed() const { return packed_; }
  /// Null where nothing stops the pass.
  const Cancellation* cancellation() const { return cancellation_; }

 private:
  bool eager_ = false;
  at::Generator generator_;
  Collective* collective_ = nullptr;
  StepPart part_;
  PackedLayers* packed_ = nullptr;
  const Cancellation* cancellation_ = nullptr;
};

}  // namespace healthtensor
