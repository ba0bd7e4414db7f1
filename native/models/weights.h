#pragma once

#include <cstdint>
#include <string>

#include "models/model_spec.h"

namespace healthtensor {

class Model;

/// Writes every tensor of the model as safetensors, atomically; NOT_FINITE when it is none to be published.
void saveWeights(const Model& model, const std::string& path);

/// Fills a declared model from a file, on the CPU. The header must have exactly the architecture's names,
/// shapes and F32 before a tensor is allocated; NaN, infinity and negative variances are refused. Throws a
/// Failure whose code is a verdict: BAD_SAFETENSORS, TENSOR_MISMATCH, NOT_FINITE.
void loadWeights(Model& model, const std::string& path);

/// The same checks without ever holding the model: constant memory. Returns the number of trained parameters.
int64_t inspectWeights(const ModelSpec& spec, const std::string& path);

}  // namespace healthtensor
