#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <map>
#include <optional>

#include "failure.h"
#include "models/model.h"
#include "models/tensor_checks.h"
#include "models/weights.h"
#include "safetensors.h"

namespace healthtensor {
namespace {

using Entries = std::map<std::string, const SafetensorsEntry*>;

std::optional<at::ScalarType> floatType(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  return std::nullopt;
}

// A stem for colour in the place of a gray one: three input channels where the model has one.
bool isColourStem(const Model& model, const StateTensor& wanted, const SafetensorsEntry& entry) {
  if (&wanted != &model.state().entries().front() || wanted.shape[1] != 1) return false;
  std::vector<int64_t> colour = wanted.shape;
  colour[1] = 3;
  return entry.shape == colour;
}

// Why the file's tensor cannot be the model's; empty when it can.
std::string objection(const Model& model, const StateTensor& wanted, const Entries& entries) {
  const auto found = entries.find(wanted.name);
  if (found == entries.end()) return "the tensor " + wanted.name + " is missing";
  const SafetensorsEntry& entry = *found->second;
  if (!floatType(entry.dtype)) return wanted.name + " is " + entry.dtype + ", not F32, F16 or BF16";
  if (entry.shape != wanted.shape && !isColourStem(model, wanted, entry)) {
    return wanted.name + " has the shape " + shapeText(entry.shape) + ", not " + shapeText(wanted.shape);
  }
  return "";
}

at::Tensor readTensor(const SafetensorsReader& file, const SafetensorsEntry& entry) {
  at::Tensor stored = at::empty(entry.shape, at::TensorOptions().dtype(*floatType(entry.dtype)));
  file.read(entry, stored.mutable_data_ptr(), static_cast<size_t>(stored.nbytes()));
  return stored.to(at::kFloat);
}

}  // namespace

Pretrained loadPretrained(Model& model, const std::string& path) {
  const SafetensorsReader file(path);
  Entries entries;
  for (const SafetensorsEntry& entry : file.entries()) entries[entry.name] = &entry;

  Pretrained result{.headLoaded = true, .ignored = {}};
  for (const StateTensor& wanted : model.state().entries()) {
    const std::string problem = objection(model, wanted, entries);
    if (problem.empty()) continue;
    if (!wanted.head) throw Failure("TENSOR_MISMATCH", "pretrained weights: " + problem);
    result.headLoaded = false;
  }

  const at::NoGradGuard noGradients;
  for (StateTensor& wanted : model.state().entries()) {
    if (wanted.head && !result.headLoaded) continue;
    const SafetensorsEntry& entry = *entries.at(wanted.name);
    at::Tensor values = readTensor(file, entry);
    checkValues(wanted, {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())});
    if (entry.shape != wanted.shape) values = values.sum(/*dim=*/1, /*keepdim=*/true);
    wanted.tensor.copy_(values);
    entries.erase(wanted.name);
  }
  for (const auto& [name, entry] : entries) result.ignored.push_back(name);
  return result;
}

}  // namespace healthtensor
