#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/state.h"
#include "safetensors.h"

namespace healthtensor {

class Model;

/// A file of weights that has exactly the tensors of a model: names, shapes and F32. The values are read and
/// checked later, so that nothing is allocated for a file that does not fit. Throws a Failure whose code is a
/// verdict: BAD_SAFETENSORS, TENSOR_MISMATCH.
class WeightsFile {
 public:
  WeightsFile(const std::string& path, const Model& model);

  /// Values of one of the model's tensors, from `first` on; NOT_FINITE when one is NaN, infinite or a
  /// negative variance.
  void read(const StateTensor& wanted, std::span<float> values, uint64_t first = 0) const;

 private:
  SafetensorsReader file_;
  std::map<std::string, const SafetensorsEntry*> entries_;
};

/// Calls `use(first, count)` for parts of `elements`, so that a tensor needs no memory of its own size.
void inParts(const StateTensor& tensor, size_t part, const std::function<void(uint64_t, size_t)>& use);

}  // namespace healthtensor
