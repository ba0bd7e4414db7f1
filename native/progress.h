#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace healthtensor {

/// What an engine call does with images.
enum class Phase {
  kTrain,
  kEvaluate,
  kFeatures,  ///< computing what a frozen backbone makes of them
};

/// How far a pass over images has come.
struct Progress {
  Phase phase = Phase::kEvaluate;
  int64_t epoch = 0;
  int64_t batch = 0;    ///< batches done in this epoch or evaluation
  int64_t batches = 0;  ///< of how many
  int64_t images = 0;   ///< images done in this epoch or evaluation
  double imagesPerSecond = 0;
  double loss = 0;          ///< mean so far
  double learningRate = 0;  ///< of the last step; 0 where nothing is trained
};

/// Receives progress on the engine thread; never empty.
using ProgressSink = std::function<void(const Progress&)>;

/// Decides which reports are worth passing on: the first, the last, and some in between.
class ProgressPace {
 public:
  bool due(const Progress& progress) {
    constexpr auto kInterval = std::chrono::milliseconds(100);
    const auto now = std::chrono::steady_clock::now();
    if (reported_ && progress.batch < progress.batches && now < next_) return false;
    reported_ = true;
    next_ = now + kInterval;
    return true;
  }

 private:
  bool reported_ = false;
  std::chrono::steady_clock::time_point next_;
};

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace healthtensor
