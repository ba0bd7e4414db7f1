#include "evaluation/evaluate.h"
#include "models/weights.h"
#include "node/arguments.h"
#include "node/cancellation_object.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/functions.h"
#include "node/results.h"
#include "node/trainer_object.h"

namespace healthtensor::node {

Napi::Value openTrainer(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<std::shared_ptr<Trainer>>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [request = trainRequest(call[0])](const Cancellation&, const ProgressSink&) {
          return std::make_shared<Trainer>(request);
        },
        [](Napi::Env env, std::shared_ptr<Trainer>& trainer) { return TrainerObject::wrap(env, trainer); });
  });
}

Napi::Value evaluate(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<Evaluation>(
        call.Env(), CancellationObject::of(call[1]), call[2],
        [request = evaluateRequest(call[0])](const Cancellation& cancellation, const ProgressSink& progress) {
          return evaluateWeights(request, cancellation, progress);
        },
        [](Napi::Env env, Evaluation& evaluation) { return toJs(env, evaluation); });
  });
}

Napi::Value inspect(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<Inspection>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [spec = modelSpec(call[0]), path = stringArgument(call[1], "weightsPath")](
            const Cancellation&, const ProgressSink&) { return inspectWeights(spec, path); },
        [](Napi::Env env, Inspection& inspection) {
          Napi::Object facts = Napi::Object::New(env);
          facts.Set("parameters", static_cast<double>(inspection.parameters));
          facts.Set("tensorDigest", inspection.tensorDigest);
          facts.Set("backboneDigest", inspection.backboneDigest);
          return facts;
        });
  });
}

Napi::Value distance(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<WeightsDistance>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [spec = modelSpec(call[0]), path = stringArgument(call[1], "weightsPath"),
         other = stringArgument(call[2], "otherPath")](const Cancellation&, const ProgressSink&) {
          return weightsDistance(spec, path, other);
        },
        [](Napi::Env env, WeightsDistance& found) {
          Napi::Object facts = Napi::Object::New(env);
          facts.Set("relative", found.relative);
          facts.Set("backbone", found.backbone);
          facts.Set("head", found.head);
          return facts;
        });
  });
}

Napi::Value logits(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<std::vector<float>>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [request = evaluateRequest(call[0]), eager = call[1].ToBoolean().Value()](
            const Cancellation&, const ProgressSink&) { return weightsLogits(request, eager); },
        [](Napi::Env env, std::vector<float>& values) { return toJs(env, values); });
  });
}

}  // namespace healthtensor::node
