#pragma once

#include <napi.h>

namespace healthtensor::node {

/// The addon's functions, as src/engine/native-addon.ts describes them.
Napi::Value info(const Napi::CallbackInfo& call);
Napi::Value architectureTable(const Napi::CallbackInfo& call);
Napi::Value cudaDriver(const Napi::CallbackInfo& call);
Napi::Value loadCudaLibrary(const Napi::CallbackInfo& call);
Napi::Value loadNcclLibrary(const Napi::CallbackInfo& call);
Napi::Value cudaInfo(const Napi::CallbackInfo& call);
Napi::Value runSelfTest(const Napi::CallbackInfo& call);
Napi::Value openTrainer(const Napi::CallbackInfo& call);
Napi::Value evaluate(const Napi::CallbackInfo& call);
Napi::Value inspect(const Napi::CallbackInfo& call);
Napi::Value distance(const Napi::CallbackInfo& call);
Napi::Value logits(const Napi::CallbackInfo& call);
Napi::Value measurePeak(const Napi::CallbackInfo& call);
Napi::Value viewBatch(const Napi::CallbackInfo& call);
Napi::Value viewFeatures(const Napi::CallbackInfo& call);
Napi::Value modelTensors(const Napi::CallbackInfo& call);
Napi::Value runTrainingPass(const Napi::CallbackInfo& call);

}  // namespace healthtensor::node
