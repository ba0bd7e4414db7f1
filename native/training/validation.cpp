#include "training/validation.h"

#include "data/batch.h"
#include "distributed/process_group.h"
#include "distributed/shared_rows.h"
#include "kernels/packed_layers.h"
#include "models/model.h"

namespace healthtensor {

Evaluation validateModel(Model& model, const TrainRequest& request, FrozenBackbone& backbone,
                         const BatchBuilder& batches, const Cancellation& cancellation,
                         const ProgressSink& progress) {
  const std::vector<uint32_t>& rows = request.validationRows;
  const FrozenFeatures* features =
      request.isFrozen() && !rows.empty() ? &backbone.validation(cancellation, progress) : nullptr;
  PackedLayers packed;
  // Several processes stop between batches, all at the same one.
  Pass pass = Pass::evaluation(&packed);
  if (request.group == nullptr) pass = pass.stoppableBy(cancellation);
  const auto answers = [&](std::span<const uint32_t> batch) {
    return sharedRows(request.group.get(), batch, [&](std::span<const uint32_t> part) {
      return features != nullptr ? features->logits(part, pass)
                                 : model.forward(batches.build(part).images, pass);
    });
  };
  return evaluateAnswers(answers, batches.cache(), rows, request.batchSize, cancellation, progress);
}

}  // namespace healthtensor
