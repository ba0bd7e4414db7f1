#include "models/model.h"
#include "models/registry.h"
#include "node/arguments.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/functions.h"
#include "node/results.h"
#include "training/training_pass.h"

// What tests need to compare the networks with those of other libraries.

namespace healthtensor::node {

Napi::Value modelTensors(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    const std::unique_ptr<Model> model = buildModel(modelSpec(call[0]));
    Napi::Array tensors = Napi::Array::New(call.Env());
    for (const StateTensor& entry : model->state().entries()) {
      Napi::Array shape = Napi::Array::New(call.Env());
      for (const int64_t size : entry.shape) shape.Set(shape.Length(), static_cast<double>(size));
      Napi::Object tensor = Napi::Object::New(call.Env());
      tensor.Set("name", entry.name);
      tensor.Set("shape", shape);
      tensor.Set("trained", entry.role == Role::kParameter);
      tensor.Set("head", entry.head);
      tensors.Set(tensors.Length(), tensor);
    }
    return tensors;
  });
}

Napi::Value runTrainingPass(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<TrainingPass>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [request = evaluateRequest(call[0])](const Cancellation&, const ProgressSink&) {
          return trainingPass(request);
        },
        [](Napi::Env env, TrainingPass& pass) {
          Napi::Object tensors = Napi::Object::New(env);
          for (const auto& [name, values] : pass.tensors) tensors.Set(name, toJs(env, values));
          Napi::Object result = Napi::Object::New(env);
          result.Set("loss", pass.loss);
          result.Set("tensors", tensors);
          return result;
        });
  });
}

}  // namespace healthtensor::node
