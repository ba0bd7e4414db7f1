#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// The processes that train one model together, as one of them sees them. Every call is made by all of them
/// in the same order. A peer that is lost or does not answer in time is a Failure PEER_LOST.
class Collective {
 public:
  virtual ~Collective() = default;

  /// This process among `size()`, from 0.
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Replaces the tensor, in place, by the sum of everyone's; bit for bit the same everywhere. Of float32,
  /// float64, bfloat16, int32, int64 or uint8, dense and contiguous in some order of its dimensions, which is
  /// the same everywhere. Waits for the others (on CUDA, the current stream does).
  virtual void sum(at::Tensor& tensor) = 0;
  /// Replaces the tensor, in place, by that of rank 0.
  virtual void broadcast(at::Tensor& tensor) = 0;
};

}  // namespace healthtensor
