#include "device.h"
#include "distributed/nccl_backend.h"
#include "kernels/cpu_features.h"
#include "models/registry.h"
#include "node/arguments.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/functions.h"
#include "training/self_test.h"

namespace healthtensor::node {
namespace {

Napi::Array numbers(Napi::Env env, const std::vector<double>& values) {
  Napi::Array array = Napi::Array::New(env);
  for (const double value : values) array.Set(array.Length(), value);
  return array;
}

}  // namespace

Napi::Value info(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    Napi::Object facts = Napi::Object::New(call.Env());
    facts.Set("torchVersion", torchVersion());
    facts.Set("cpuCapability", cpuCapability());
    facts.Set("cpuBfloat16", cpuHasAvx512Bf16());
    facts.Set("defaultThreads", defaultThreads());
    facts.Set("libtorchFolder", libtorchFolder());
    facts.Set("compiler", "g++ " __VERSION__);
    facts.Set("nodeApiVersion", NAPI_VERSION);
    return facts;
  });
}

Napi::Value architectureTable(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    Napi::Array table = Napi::Array::New(call.Env());
    for (const Architecture& architecture : architectures()) {
      Napi::Array options = Napi::Array::New(call.Env());
      for (const OptionFacts& facts : architecture.options) {
        Napi::Object option = Napi::Object::New(call.Env());
        option.Set("name", facts.name);
        option.Set("default", numbers(call.Env(), facts.standard));
        option.Set("minimum", facts.minimum);
        option.Set("maximum", facts.maximum);
        option.Set("whole", facts.whole);
        option.Set("list", facts.list);
        option.Set("choices", numbers(call.Env(), facts.choices));
        options.Set(options.Length(), option);
      }
      Napi::Object row = Napi::Object::New(call.Env());
      row.Set("name", architecture.name);
      row.Set("options", options);
      table.Set(table.Length(), row);
    }
    return table;
  });
}

Napi::Value cudaDriver(const Napi::CallbackInfo& call) {
  return guarded(call, [&] { return Napi::Boolean::New(call.Env(), cudaDriverPresent()); });
}

Napi::Value loadCudaLibrary(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    loadCuda(stringArgument(call[0], "libraryPath"));
    return call.Env().Undefined();
  });
}

Napi::Value loadNcclLibrary(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    loadNccl();
    return call.Env().Undefined();
  });
}

Napi::Value cudaInfo(const Napi::CallbackInfo& call) {
  return guarded(call, [&] {
    Napi::Object facts = Napi::Object::New(call.Env());
    facts.Set("registered", cudaRegistered());
    facts.Set("devices", cudaDevices());
    facts.Set("bfloat16", cudaBfloat16());
    return facts;
  });
}

Napi::Value runSelfTest(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<SelfTestResult>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [device = deviceArgument(call[0])](const Cancellation&, const ProgressSink&) {
          return selfTest(device);
        },
        [](Napi::Env env, SelfTestResult& result) {
          Napi::Object facts = Napi::Object::New(env);
          facts.Set("firstLoss", result.firstLoss);
          facts.Set("lastLoss", result.lastLoss);
          return facts;
        });
  });
}

}  // namespace healthtensor::node
