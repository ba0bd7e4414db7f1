#include "training/training_pass.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include "data/batch.h"
#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"

namespace healthtensor {

TrainingPass trainingPass(const EvaluateRequest& request) {
  const CachedMemory memory;
  const at::Device device = enterDevice(request.device);
  const std::unique_ptr<Model> model = buildModel(request.spec);
  loadWeights(*model, request.weightsPath);
  model->state().moveTo(device);
  model->state().requireGradients();
  const BatchBuilder batches(std::make_shared<const PixelCache>(request.cachePath), request.spec, device,
                             request.precision);
  batches.cache().checkRows(request.rows);

  const Batch batch = batches.build(request.rows);
  const at::Generator generator = at::detail::createCPUGenerator(/*seed=*/0);
  const at::Tensor loss = at::binary_cross_entropy_with_logits(
      model->forward(batch.images, Pass::training(generator)), batch.labels, {}, {}, at::Reduction::Mean);
  loss.backward();

  TrainingPass result{.loss = loss.item<float>(), .tensors = {}};
  for (const StateTensor& entry : model->state().entries()) {
    const at::Tensor& wanted = entry.role == Role::kParameter ? entry.tensor.grad() : entry.tensor;
    const at::Tensor plain = wanted.cpu().contiguous();
    const float* values = plain.const_data_ptr<float>();
    result.tensors.emplace_back(entry.name, std::vector<float>(values, values + plain.numel()));
  }
  return result;
}

}  // namespace healthtensor
