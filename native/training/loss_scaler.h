#pragma once

#include <cstdint>

namespace healthtensor {

/// The factor of the loss that keeps float16 gradients from vanishing (Micikevicius et al., "Mixed Precision
/// Training", 2018): halved by a step whose gradients overflowed, doubled after many that did not. Without
/// float16 it is always 1.
class LossScaler {
 public:
  /// Part of the checkpoint.
  struct State {
    double scale = 1;
    int64_t goodSteps = 0;  ///< since the scale last changed

    bool isSound() const;
  };

  explicit LossScaler(bool enabled);

  double scale() const { return state_.scale; }
  const State& state() const { return state_; }
  /// Goes on from a checkpoint; one of another precision starts anew.
  void restore(const State& state);

  /// A step's gradients were finite.
  void succeeded();
  /// They were not. False when the scale cannot be the cause.
  bool overflowed();

 private:
  bool enabled_;
  State state_;
};

}  // namespace healthtensor
