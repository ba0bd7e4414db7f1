#include "training/self_test.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "training/loss.h"
#include "training/optimizer.h"

namespace healthtensor {

SelfTestResult selfTest(const DeviceChoice& choice) {
  constexpr int64_t kImages = 4;
  constexpr int kSteps = 4;
  const CachedMemory memory;
  const at::Device device = enterDevice(choice);
  const std::unique_ptr<Model> model = buildModel({.architecture = "mobile",
                                                   .imageSize = 64,
                                                   .channels = 1,
                                                   .classes = kClasses,
                                                   .mean = {0.5},
                                                   .std = {0.5},
                                                   .options = {{"width", 0.25}, {"hidden", 64.0}}});
  model->state().initialise(/*seed=*/1);
  model->state().moveTo(device);
  model->state().requireGradients();
  Optimizer adam(OptimizerKind::kAdam, parameterGroups(model->state(), Recipe{}));

  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/1);
  const at::Tensor images = at::empty({kImages, 1, 64, 64}, at::TensorOptions().dtype(at::kFloat))
                                .normal_(0, 1, generator)
                                .to(device);
  const at::Tensor labels = at::empty({kImages, kClasses}, at::TensorOptions().dtype(at::kFloat))
                                .bernoulli_(0.5, generator)
                                .to(device);
  SelfTestResult result;
  for (int step = 0; step < kSteps; ++step) {
    adam.clearGradients();
    const at::Tensor loss =
        trainingLoss(model->forward(images, Pass::training(generator)), labels, /*labelSmoothing=*/0);
    loss.backward();
    adam.step(/*learningRate=*/1e-3);
    result.lastLoss = loss.item<float>();
    if (step == 0) result.firstLoss = result.lastLoss;
  }
  return result;
}

}  // namespace healthtensor
