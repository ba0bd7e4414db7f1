#include "models/weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>
#include <span>

#include "failure.h"
#include "finite.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/tensor_checks.h"
#include "safetensors.h"

namespace healthtensor {
namespace {

void mismatch(const std::string& detail) { throw Failure("TENSOR_MISMATCH", detail); }

// The file's entry of each of the model's tensors. Exactly these names, shapes and F32, or a refusal.
std::map<std::string, const SafetensorsEntry*> matchTensors(const SafetensorsReader& file,
                                                            const Model& model) {
  std::map<std::string, const SafetensorsEntry*> entries;
  for (const SafetensorsEntry& entry : file.entries()) entries[entry.name] = &entry;
  for (const StateTensor& wanted : model.state().entries()) {
    const auto found = entries.find(wanted.name);
    if (found == entries.end()) mismatch("the tensor " + wanted.name + " is missing");
    const SafetensorsEntry& entry = *found->second;
    if (entry.dtype != "F32") mismatch(wanted.name + " is " + entry.dtype + ", not F32");
    if (entry.shape != wanted.shape) {
      mismatch(wanted.name + " has the shape " + shapeText(entry.shape) + ", not " + shapeText(wanted.shape));
    }
  }
  if (entries.size() > model.state().entries().size()) {
    for (const StateTensor& wanted : model.state().entries()) entries.erase(wanted.name);
    mismatch("the tensor " + entries.begin()->first + " does not belong to the architecture");
  }
  return entries;
}

}  // namespace

void saveWeights(const Model& model, const std::string& path) {
  std::map<std::string, const StateTensor*> tensors;
  SafetensorsWriter::Shapes shapes;
  for (const StateTensor& entry : model.state().entries()) {
    tensors[entry.name] = &entry;
    shapes[entry.name] = entry.shape;
  }
  SafetensorsWriter file(path, std::move(shapes));
  for (const auto& [name, shape] : file.order()) {
    const at::Tensor plain = tensors.at(name)->tensor.detach().cpu().contiguous();
    const std::span values(plain.const_data_ptr<float>(), static_cast<size_t>(plain.numel()));
    requireFinite(name, values);
    file.write(values.data(), values.size());
  }
  file.commit();
}

void loadWeights(Model& model, const std::string& path) {
  const SafetensorsReader file(path);
  const auto entries = matchTensors(file, model);
  const at::NoGradGuard noGradients;
  for (StateTensor& wanted : model.state().entries()) {
    at::Tensor plain = at::empty(wanted.shape, at::TensorOptions().dtype(at::kFloat));
    const auto count = static_cast<size_t>(plain.numel());
    float* values = plain.mutable_data_ptr<float>();
    file.read(*entries.at(wanted.name), values, count * sizeof(float));
    checkValues(wanted, {values, count});
    StateTable::allocate(wanted);
    wanted.tensor.copy_(plain);
  }
}

int64_t inspectWeights(const ModelSpec& spec, const std::string& path) {
  const std::unique_ptr<Model> model = buildModel(spec);
  const SafetensorsReader file(path);
  const auto entries = matchTensors(file, *model);
  std::vector<float> chunk(1 << 16);
  for (const StateTensor& wanted : model->state().entries()) {
    const auto count = static_cast<uint64_t>(wanted.elements());
    for (uint64_t done = 0; done < count;) {
      const size_t part = static_cast<size_t>(std::min<uint64_t>(chunk.size(), count - done));
      file.read(*entries.at(wanted.name), chunk.data(), part * sizeof(float), done * sizeof(float));
      checkValues(wanted, {chunk.data(), part});
      done += part;
    }
  }
  return model->state().parameterCount();
}

}  // namespace healthtensor
