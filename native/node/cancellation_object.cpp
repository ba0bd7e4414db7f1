#include "node/cancellation_object.h"

#include "node/environment.h"

namespace healthtensor::node {

Napi::Function CancellationObject::define(Napi::Env env) {
  return DefineClass(env, "Cancellation", {InstanceMethod<&CancellationObject::cancel>("cancel")});
}

CancellationObject::CancellationObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

std::shared_ptr<Cancellation> CancellationObject::of(const Napi::Value& value) {
  const Napi::Function expected = Environment::of(value.Env()).cancellationClass.Value();
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(expected)) {
    throw Failure("BAD_ARGUMENT", "Expected a Cancellation");
  }
  return Unwrap(value.As<Napi::Object>())->cancellation_;
}

Napi::Value CancellationObject::cancel(const Napi::CallbackInfo& info) {
  cancellation_->cancel(Cancellation::Reason::kAborted);
  return info.Env().Undefined();
}

}  // namespace healthtensor::node
