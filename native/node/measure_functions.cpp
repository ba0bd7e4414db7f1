#include "measure/peak.h"
#include "node/arguments.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/functions.h"

namespace healthtensor::node {

Napi::Value measurePeak(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<double>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [device = deviceArgument(call[0]), type = precisionArgument(call[1])](
            const Cancellation&, const ProgressSink&) { return peakOperations(device, type); },
        [](Napi::Env env, double& operations) { return Napi::Number::New(env, operations); });
  });
}

}  // namespace healthtensor::node
