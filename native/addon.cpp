#include <napi.h>

#include "node/cancellation_object.h"
#include "node/environment.h"
#include "node/functions.h"
#include "node/keep_loaded.h"
#include "node/process_group_object.h"
#include "node/trainer_object.h"

// Registers what native/node/ defines; src/engine/native-addon.ts is the same list with its types.

namespace healthtensor::node {
namespace {

Napi::Object registerAddon(Napi::Env env, Napi::Object exports) {
  keepLoaded();
  auto environment = std::make_unique<Environment>(env);
  environment->trainerClass = Napi::Persistent(TrainerObject::define(env));
  environment->cancellationClass = Napi::Persistent(CancellationObject::define(env));
  environment->processGroupClass = Napi::Persistent(ProcessGroupObject::define(env));
  exports.Set("Cancellation", environment->cancellationClass.Value());
  exports.Set("ProcessGroup", environment->processGroupClass.Value());
  env.SetInstanceData(environment.release());

  exports.Set("info", Napi::Function::New<info>(env, "info"));
  exports.Set("architectures", Napi::Function::New<architectureTable>(env, "architectures"));
  exports.Set("cudaDriverPresent", Napi::Function::New<cudaDriver>(env, "cudaDriverPresent"));
  exports.Set("loadCuda", Napi::Function::New<loadCudaLibrary>(env, "loadCuda"));
  exports.Set("loadNccl", Napi::Function::New<loadNcclLibrary>(env, "loadNccl"));
  exports.Set("cudaInfo", Napi::Function::New<cudaInfo>(env, "cudaInfo"));
  exports.Set("selfTest", Napi::Function::New<runSelfTest>(env, "selfTest"));
  exports.Set("openTrainer", Napi::Function::New<openTrainer>(env, "openTrainer"));
  exports.Set("evaluateWeights", Napi::Function::New<evaluate>(env, "evaluateWeights"));
  exports.Set("inspectWeights", Napi::Function::New<inspect>(env, "inspectWeights"));
  exports.Set("weightsDistance", Napi::Function::New<distance>(env, "weightsDistance"));
  exports.Set("logits", Napi::Function::New<logits>(env, "logits"));
  exports.Set("measurePeak", Napi::Function::New<measurePeak>(env, "measurePeak"));
  exports.Set("viewBatch", Napi::Function::New<viewBatch>(env, "viewBatch"));
  exports.Set("viewFeatures", Napi::Function::New<viewFeatures>(env, "viewFeatures"));
  exports.Set("modelTensors", Napi::Function::New<modelTensors>(env, "modelTensors"));
  exports.Set("trainingPass", Napi::Function::New<runTrainingPass>(env, "trainingPass"));
  return exports;
}

}  // namespace
}  // namespace healthtensor::node

static Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  return healthtensor::node::registerAddon(env, exports);
}

NODE_API_MODULE(healthtensor, initialise)
