#include <algorithm>

#include "data/batch_view.h"
#include "data/feature_view.h"
#include "node/arguments.h"
#include "node/cancellation_object.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/functions.h"
#include "node/results.h"

namespace healthtensor::node {

Napi::Value viewBatch(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<BatchView>(
        call.Env(), std::make_shared<Cancellation>(), call.Env().Undefined(),
        [request = batchViewRequest(call[0])](const Cancellation&, const ProgressSink&) {
          return healthtensor::viewBatch(request);
        },
        [](Napi::Env env, BatchView& view) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("images", toJs(env, view.images));
          object.Set("labels", toJs(env, view.labels));
          auto milliseconds = Napi::Float64Array::New(env, view.milliseconds.size());
          std::ranges::copy(view.milliseconds, milliseconds.Data());
          object.Set("milliseconds", milliseconds);
          return object;
        });
  });
}

Napi::Value viewFeatures(const Napi::CallbackInfo& call) {
  return guardedPromise(call, [&] {
    return submit<FeatureView>(
        call.Env(), CancellationObject::of(call[1]), call[2],
        [request = featureViewRequest(call[0])](const Cancellation& cancellation,
                                                const ProgressSink& progress) {
          return healthtensor::viewFeatures(request, cancellation, progress);
        },
        [](Napi::Env env, FeatureView& view) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("values", toJs(env, view.values));
          object.Set("computed", static_cast<double>(view.computed));
          return object;
        });
  });
}

}  // namespace healthtensor::node
