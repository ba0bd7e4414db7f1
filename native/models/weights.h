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

/// What a file is, once it passed the checks of `loadWeights`.
struct Inspection {
  /// Trained numbers.
  int64_t parameters = 0;
  /// The same for all files with the same names, types, shapes and values, whatever their order, padding and
  /// metadata: SHA-256, in hexadecimal, of `<name> F32 <size>,<size>,...\n` and the values (little-endian, in
  /// row-major order) of each tensor, by the bytes of its name.
  std::string tensorDigest;
  /// XXH64, in hexadecimal, over the same but for the head's tensors, line by line and 256 KiB by 256 KiB,
  /// each with the one before as its seed: equal where two models have one backbone. It is no proof against
  /// malice and need not be: who claims a backbone that he has not gains nothing.
  std::string backboneDigest;
};

/// The checks of `loadWeights` and the digest, without ever holding the model: constant memory.
Inspection inspectWeights(const ModelSpec& spec, const std::string& path);

/// How far two files of weights are from each other: 0 the same, about e where every row was changed by the
/// share e of its norm, sqrt(2) unrelated. The root of the mean of 2 (1 - |cosine|) over the rows of the
/// weights (an output channel's filter, an output's weights), each by its numbers; biases and norms do not
/// count. A row's length and sign do not matter: a batch norm behind it undoes both. A permutation of
/// channels is not seen through, nor a scaling of input channels.
struct WeightsDistance {
  double relative = 0;
  double backbone = 0;
  double head = 0;
};

/// Of two files of one architecture; constant memory. Throws as `inspectWeights` does, for either.
WeightsDistance weightsDistance(const ModelSpec& spec, const std::string& path, const std::string& other);

}  // namespace healthtensor
