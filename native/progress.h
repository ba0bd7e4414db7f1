#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace healthtensor {

/// How far a pass over images has come.
struct Progress {
  int64_t epoch = 0;
  int64_t batch = 0;    ///< batches done in this epoch or evaluation
  int64_t batches = 0;  ///< of how many
  int64_t images = 0;   ///< images done in this epoch or evaluation
  double imagesPerSecond = 0;
  double loss = 0;  ///< mean so far
};

/// Receives progress on the engine thread; never empty.
using ProgressSink = std::function<void(const Progress&)>;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace healthtensor
