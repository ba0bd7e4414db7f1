#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cancellation.h"
#include "device.h"
#include "evaluation/evaluation.h"
#include "models/model_spec.h"
#include "progress.h"

namespace healthtensor {

class BatchBuilder;
class Model;
class PixelCache;

/// A model file to be evaluated; the file and the spec may be a stranger's.
struct EvaluateRequest {
  ModelSpec spec;
  std::string weightsPath;
  std::string cachePath;
  std::vector<uint32_t> rows;
  int64_t batchSize = 0;
  DeviceChoice device;
  /// float32, or bfloat16: a fast screen, whose loss differs a little (docs/scoring.md).
  at::ScalarType precision = at::kFloat;
};

/// A model's float32 logits [n, classes] of n rows, on any device.
using Answers = std::function<at::Tensor(std::span<const uint32_t> rows)>;

/// Evaluates answers, whatever they come from; memory is one batch plus the Tally's 62 bytes an image. Throws
/// NOT_FINITE when a logit is not.
Evaluation evaluateAnswers(const Answers& answers, const PixelCache& cache, std::span<const uint32_t> rows,
                           int64_t batchSize, const Cancellation& cancellation, const ProgressSink& progress);

/// Evaluates a loaded model in the precision that `batches` has, its layers packed once.
Evaluation evaluateModel(Model& model, const BatchBuilder& batches, std::span<const uint32_t> rows,
                         int64_t batchSize, const Cancellation& cancellation, const ProgressSink& progress);

/// Loads and evaluates, in float32 without TF32 where that is asked for. See loadWeights for the codes of a
/// refused model.
Evaluation evaluateWeights(const EvaluateRequest& request, const Cancellation& cancellation,
                           const ProgressSink& progress);

/// Logits of the rows, [rows][classes]; for comparing the networks with other implementations and, `eager`,
/// with themselves when every operation runs by itself.
std::vector<float> weightsLogits(const EvaluateRequest& request, bool eager = false);

}  // namespace healthtensor
