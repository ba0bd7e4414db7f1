#include "models/weights_file.h"

#include <algorithm>

#include "failure.h"
#include "models/model.h"
#include "models/tensor_checks.h"

namespace healthtensor {
namespace {

void mismatch(const std::string& detail) { throw Failure("TENSOR_MISMATCH", detail); }

}  // namespace

// src/engine/match-tensors.ts says the same of a header alone.
WeightsFile::WeightsFile(const std::string& path, const Model& model) : file_(path) {
  for (const SafetensorsEntry& entry : file_.entries()) entries_[entry.name] = &entry;
  for (const StateTensor& wanted : model.state().entries()) {
    const auto found = entries_.find(wanted.name);
    if (found == entries_.end()) mismatch("the tensor " + wanted.name + " is missing");
    const SafetensorsEntry& entry = *found->second;
    if (entry.dtype != "F32") mismatch(wanted.name + " is " + entry.dtype + ", not F32");
    if (entry.shape != wanted.shape) {
      mismatch(wanted.name + " has the shape " + shapeText(entry.shape) + ", not " + shapeText(wanted.shape));
    }
  }
  if (entries_.size() > model.state().entries().size()) {
    for (const StateTensor& wanted : model.state().entries()) entries_.erase(wanted.name);
    mismatch("the tensor " + entries_.begin()->first + " does not belong to the architecture");
  }
}

void WeightsFile::read(const StateTensor& wanted, std::span<float> values, uint64_t first) const {
  file_.read(*entries_.at(wanted.name), values.data(), values.size_bytes(), first * sizeof(float));
  checkValues(wanted, values);
}

void inParts(const StateTensor& tensor, size_t part, const std::function<void(uint64_t, size_t)>& use) {
  const auto elements = static_cast<uint64_t>(tensor.elements());
  for (uint64_t first = 0; first < elements; first += part) {
    use(first, static_cast<size_t>(std::min<uint64_t>(part, elements - first)));
  }
}

}  // namespace healthtensor
