#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace healthtensor {

/// Fills a freshly allocated tensor; everything random comes from the generator.
using Initialiser = std::function<void(at::Tensor&, at::Generator&)>;

enum class Role {
  kParameter,  ///< trained by the optimiser
  kBuffer,     ///< kept by the layer itself: running mean
  kVariance,   ///< as kBuffer, and never negative
};

/// A named tensor of a model. It is declared (name, shape) long before it is allocated, so that a stranger's
/// file can be checked against the architecture without reserving a byte for it.
struct StateTensor {
  std::string name;
  std::vector<int64_t> shape;
  Role role;
  Initialiser initialise;
  at::Tensor tensor;
  /// Of the head (features to logits), not of the backbone.
  bool head = false;

  int64_t elements() const;
};

/// The tensors of a model in the order of declaration. Entries never move: layers keep references to them.
class StateTable {
 public:
  StateTable() = default;
  StateTable(const StateTable&) = delete;
  StateTable& operator=(const StateTable&) = delete;

  StateTensor& declare(std::string name, std::vector<int64_t> shape, Role role, Initialiser initialise,
                       bool head = false);

  /// Allocates every tensor on the CPU and fills it from its initialiser.
  void initialise(uint64_t seed);
  /// Allocates one tensor on the CPU, uninitialised; images' weights in the channels-last layout that
  /// convolutions want.
  static void allocate(StateTensor& entry);
  void moveTo(at::Device device);
  /// Marks the parameters as leaves that collect gradients.
  void requireGradients();

  /// Trained numbers, without running statistics.
  int64_t parameterCount() const;
  std::deque<StateTensor>& entries() { return entries_; }
  const std::deque<StateTensor>& entries() const { return entries_; }
  std::vector<at::Tensor> parameters() const;

 private:
  std::deque<StateTensor> entries_;
};

}  // namespace healthtensor
