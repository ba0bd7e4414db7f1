#pragma once

#include <napi.h>

#include <vector>

#include "evaluation/evaluate.h"
#include "progress.h"
#include "training/trainer.h"

namespace healthtensor::node {

/// Plain results as JavaScript values, in the shapes of src/engine/native-addon.ts.
Napi::Value toJs(Napi::Env env, const Progress& progress);
Napi::Value toJs(Napi::Env env, const Position& position);
Napi::Value toJs(Napi::Env env, const EpochResult& result);
Napi::Value toJs(Napi::Env env, const Standing& standing, double learningRate);
Napi::Value toJs(Napi::Env env, const Evaluation& evaluation);
Napi::Value toJs(Napi::Env env, const std::vector<float>& numbers);

}  // namespace healthtensor::node
