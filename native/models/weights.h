#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/model_spec.h"

namespace healthtensor {

class Model;

/// Writes every tensor of the model as safetensors, atomically; NOT_FINITE when it is none to be published.
void saveWeights(const Model& model, const std::string& path);

/// Fills a declared model from a file, on the CPU. The header must have exactly the architecture's names,
/// shapes and F32 before a tensor is allocated; NaN, infinity and negative variances are refused. Throws a
/// Failure whose code is a verdict: BAD_SAFETENSORS, TENSOR_MISMATCH, NOT_FINITE.
void loadWeights(Model& model, const std::string& path);

/// What a file of pretrained weights gave.
struct Pretrained {
  bool headLoaded = false;
  /// Tensors of the file that were not used, sorted.
  std::vector<std::string> ignored;
};

/// Starts an initialised model from weights trained elsewhere, on whatever device it is. The file must have
/// every tensor of the backbone by name and shape, as F32, F16 or BF16; a gray model takes a colour stem
/// summed over its channels. The head is taken when the file has all of it, and stays as it was otherwise;
/// other tensors are ignored. Throws BAD_SAFETENSORS, TENSOR_MISMATCH, NOT_FINITE; after NOT_FINITE the model
/// is of no use.
Pretrained loadPretrained(Model& model, const std::string& path);

/// The checks of `loadWeights` without ever holding the model: constant memory. Returns the number of trained
/// parameters.
int64_t inspectWeights(const ModelSpec& spec, const std::string& path);

}  // namespace healthtensor
