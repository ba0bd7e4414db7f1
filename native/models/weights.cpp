#include "models/weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <map>
#include <span>

#include "finite.h"
#include "models/model.h"
#include "models/weights_file.h"
#include "safetensors.h"

namespace healthtensor {

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
  const WeightsFile file(path, model);
  const at::NoGradGuard noGradients;
  for (StateTensor& wanted : model.state().entries()) {
    at::Tensor plain = at::empty(wanted.shape, at::TensorOptions().dtype(at::kFloat));
    file.read(wanted, {plain.mutable_data_ptr<float>(), static_cast<size_t>(plain.numel())});
    StateTable::allocate(wanted);
    wanted.tensor.copy_(plain);
  }
}

}  // namespace healthtensor
