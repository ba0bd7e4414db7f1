#include "evaluation/evaluate.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "data/batch.h"
#include "evaluation/tally.h"
#include "failure.h"
#include "kernels/packed_layers.h"
#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"

namespace healthtensor {
namespace {

constexpr auto kLabels = static_cast<size_t>(kClasses);

// float32 that is float32: cuDNN's convolutions would use TF32, and a GPU decide near ties otherwise than a
// CPU.
class WithoutTf32 {
 public:
  WithoutTf32() { at::globalContext().setAllowTF32CuDNN(false); }
  ~WithoutTf32() { at::globalContext().setAllowTF32CuDNN(before_); }
  WithoutTf32(const WithoutTf32&) = delete;
  WithoutTf32& operator=(const WithoutTf32&) = delete;

 private:
  bool before_ = at::globalContext().allowTF32CuDNN();
};

// Logits of some rows as [rows][classes] on the CPU; every one finite, or a refusal.
std::vector<float> finiteLogits(const Answers& answers, std::span<const uint32_t> rows) {
  const c10::InferenceMode inference;
  const at::Tensor logits = answers(rows).cpu().contiguous();
  const float* values = logits.const_data_ptr<float>();
  std::vector<float> copy(values, values + logits.numel());
  if (!std::ranges::all_of(copy, [](float logit) { return std::isfinite(logit); })) {
    throw Failure("NOT_FINITE", "the model's answer to an image is NaN or infinite");
  }
  return copy;
}

Answers answersOf(Model& model, const BatchBuilder& batches, const Pass& pass) {
  return [&](std::span<const uint32_t> rows) { return model.forward(batches.build(rows).images, pass); };
}

// A stranger's weights in a model on the device, ready to answer.
std::unique_ptr<Model> loadedModel(const EvaluateRequest& request, at::Device device) {
  std::unique_ptr<Model> model = buildModel(request.spec);
  loadWeights(*model, request.weightsPath);
  model->state().moveTo(device);
  return model;
}

}  // namespace

Evaluation evaluateAnswers(const Answers& answers, const PixelCache& cache, std::span<const uint32_t> rows,
                           int64_t batchSize, const Cancellation& cancellation,
                           const ProgressSink& progress) {
  if (rows.empty())
    throw Failure("NO_IMAGES", "Expected at least one image to evaluate on but received none");
  cache.checkRows(rows);
  const Stopwatch watch;
  ProgressPace pace;
  const auto step = static_cast<size_t>(batchSize);
  const size_t batchCount = (rows.size() + step - 1) / step;
  Tally tally(rows.size());
  for (size_t batch = 0; batch < batchCount; ++batch) {
    cancellation.throwIfCancelled();
    const auto part = rows.subspan(batch * step, std::min(step, rows.size() - batch * step));
    const std::vector<float> logits = finiteLogits(answers, part);
    for (size_t i = 0; i < part.size(); ++i) {
      tally.add(std::span(logits).subspan(i * kLabels, kLabels), cache.labels(part[i]));
    }
    const size_t done = batch * step + part.size();
    const Progress report{.batch = static_cast<int64_t>(batch + 1),
                          .batches = static_cast<int64_t>(batchCount),
                          .images = static_cast<int64_t>(done),
                          .imagesPerSecond = static_cast<double>(done) / watch.seconds(),
                          .loss = tally.meanLoss()};
    if (pace.due(report)) progress(report);
  }
  return tally.finish();
}

Evaluation evaluateModel(Model& model, const BatchBuilder& batches, std::span<const uint32_t> rows,
                         int64_t batchSize, const Cancellation& cancellation, const ProgressSink& progress) {
  PackedLayers packed;
  const Pass pass = Pass::evaluation(&packed).stoppableBy(cancellation);
  return evaluateAnswers(answersOf(model, batches, pass), batches.cache(), rows, batchSize, cancellation,
                         progress);
}

Evaluation evaluateWeights(const EvaluateRequest& request, const Cancellation& cancellation,
                           const ProgressSink& progress) {
  const CachedMemory memory;
  const WithoutTf32 precise;
  const at::Device device = enterDevice(request.device);
  const std::unique_ptr<Model> model = loadedModel(request, device);
  const BatchBuilder batches(std::make_shared<const PixelCache>(request.cachePath), request.spec, device,
                             request.precision);
  return evaluateModel(*model, batches, request.rows, request.batchSize, cancellation, progress);
}

std::vector<float> weightsLogits(const EvaluateRequest& request, bool eager) {
  const CachedMemory memory;
  const WithoutTf32 precise;
  const at::Device device = enterDevice(request.device);
  const std::unique_ptr<Model> model = loadedModel(request, device);
  const BatchBuilder batches(std::make_shared<const PixelCache>(request.cachePath), request.spec, device,
                             request.precision);
  batches.cache().checkRows(request.rows);
  PackedLayers packed;
  const Pass pass = eager ? Pass::eagerEvaluation() : Pass::evaluation(&packed);
  return finiteLogits(answersOf(*model, batches, pass), request.rows);
}

}  // namespace healthtensor
