#pragma once

#include <chrono>
#include <cstdint>

namespace healthtensor {

/// How often to write checkpoints.
struct CheckpointPlan {
  int64_t every = 0;  ///< batches, counted from the start of the training; 0: never
  /// Part of the time that writing them may take, above 0; 1: always on time. A checkpoint of `cnn` is 600
  /// MB: written every 30 batches it would be most of what the training does.
  double share = 1;
};

/// When to write them.
class CheckpointPace {
 public:
  using Clock = std::chrono::steady_clock;

  /// Whether one is due at `now`, after a step that led from one number of batches to another. One that comes
  /// too early is put off to the end of a later step.
  bool due(const CheckpointPlan& plan, int64_t before, int64_t after, Clock::time_point now) {
    if (plan.every > 0 && before / plan.every != after / plan.every) wanted_ = true;
    const auto rest = std::chrono::duration<double>(end_ - begin_) * (1 / plan.share - 1);
    return wanted_ && std::chrono::duration<double>(now - end_) >= rest;
  }
  /// One has been written, whatever it was for.
  void written(Clock::time_point begin, Clock::time_point end) {
    wanted_ = false;
    begin_ = begin;
    end_ = end;
  }

 private:
  Clock::time_point begin_;
  Clock::time_point end_;
  bool wanted_ = false;
};

}  // namespace healthtensor
