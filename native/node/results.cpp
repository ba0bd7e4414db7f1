#include "node/results.h"

#include <algorithm>
#include <limits>

namespace healthtensor::node {
namespace {

void set(Napi::Object& object, const char* name, double value) {
  object.Set(name, Napi::Number::New(object.Env(), value));
}

void set(Napi::Object& object, const char* name, int64_t value) {
  set(object, name, static_cast<double>(value));
}

const char* word(Phase phase) {
  switch (phase) {
    case Phase::kTrain:
      return "train";
    case Phase::kEvaluate:
      return "evaluate";
    case Phase::kFeatures:
      return "features";
  }
  return "";
}

}  // namespace

Napi::Value toJs(Napi::Env env, const Progress& progress) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("phase", word(progress.phase));
  set(object, "epoch", progress.epoch);
  set(object, "batch", progress.batch);
  set(object, "batches", progress.batches);
  set(object, "images", progress.images);
  set(object, "imagesPerSecond", progress.imagesPerSecond);
  set(object, "loss", progress.loss);
  set(object, "learningRate", progress.learningRate);
  return object;
}

Napi::Value toJs(Napi::Env env, const Position& position) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "epoch", position.epoch);
  set(object, "batch", position.batch);
  set(object, "batches", position.batches);
  return object;
}

Napi::Value toJs(Napi::Env env, const EpochResult& result) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "epoch", result.epoch);
  set(object, "loss", result.loss);
  set(object, "images", result.images);
  set(object, "seconds", result.seconds);
  return object;
}

Napi::Value toJs(Napi::Env env, const Standing& standing, double learningRate) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bestLoss", standing.bestEpoch == 0 ? env.Null() : Napi::Number::New(env, standing.bestLoss));
  set(object, "bestEpoch", standing.bestEpoch);
  set(object, "epochsWithoutImprovement", standing.epochsWithoutImprovement);
  set(object, "learningRate", learningRate);
  return object;
}

Napi::Value toJs(Napi::Env env, const Evaluation& evaluation) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "loss", evaluation.loss);
  set(object, "images", static_cast<int64_t>(evaluation.perImageLoss.size()));
  object.Set("perImageLoss", toJs(env, evaluation.perImageLoss));
  object.Set("logits", toJs(env, evaluation.logits));
  const auto perFinding = [&](const char* name, const auto& figure) {
    auto figures = Napi::Float64Array::New(env, evaluation.findings.size());
    std::ranges::transform(evaluation.findings, figures.Data(), figure);
    object.Set(name, figures);
  };
  static constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  perFinding("auroc", [](const FindingMetrics& finding) { return finding.auroc.value_or(kUndefined); });
  perFinding("auprc", [](const FindingMetrics& finding) { return finding.auprc.value_or(kUndefined); });
  perFinding("brier", [](const FindingMetrics& finding) { return finding.brier; });
  perFinding("ece", [](const FindingMetrics& finding) { return finding.ece; });
  return object;
}

Napi::Value toJs(Napi::Env env, const std::vector<float>& numbers) {
  auto array = Napi::Float32Array::New(env, numbers.size());
  std::ranges::copy(numbers, array.Data());
  return array;
}

}  // namespace healthtensor::node
