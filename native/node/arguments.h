#pragma once

#include <c10/core/ScalarType.h>
#include <napi.h>

#include <memory>
#include <string>

#include "cancellation.h"
#include "data/batch_view.h"
#include "data/feature_view.h"
#include "device.h"
#include "evaluation/evaluate.h"
#include "models/model_spec.h"
#include "training/trainer.h"

namespace healthtensor::node {

/// Copies of what JavaScript passed, so that the engine thread never touches a JavaScript value. Wrong types
/// throw BAD_ARGUMENT: TypeScript checks the users' input, so one of these is a mistake of ours.
std::string stringArgument(const Napi::Value& value, const char* name);
int64_t integerArgument(const Napi::Value& value, const char* name, int64_t minimum);
/// `fp32`, `bf16` or `fp16`.
at::ScalarType precisionArgument(const Napi::Value& value);
/// `fp32` or `bf16`; float32 when not given.
at::ScalarType evaluationPrecision(const Napi::Value& value);
CheckpointPlan checkpointPlan(const Napi::Value& value);
DeviceChoice deviceArgument(const Napi::Value& value);
TrainRequest trainRequest(const Napi::Value& value);
EvaluateRequest evaluateRequest(const Napi::Value& value);
BatchViewRequest batchViewRequest(const Napi::Value& value);
FeatureViewRequest featureViewRequest(const Napi::Value& value);

/// The spec may come from a stranger's config.json; an option that is no number throws BAD_CONFIG.
ModelSpec modelSpec(const Napi::Value& value);

}  // namespace healthtensor::node
