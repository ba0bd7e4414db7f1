#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "evaluation/evaluate.h"
#include "training/frozen_backbone.h"
#include "training/train_request.h"

namespace healthtensor {

/// Evaluates a model in training on the request's validation rows, each process its part of each batch.
/// `backbone` serves where it is frozen; its features are float32 whatever the precision.
Evaluation validateModel(Model& model, const TrainRequest& request, FrozenBackbone& backbone,
                         const BatchBuilder& batches, const Cancellation& cancellation,
                         const ProgressSink& progress);

}  // namespace healthtensor
