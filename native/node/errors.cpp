#include "node/errors.h"

#include "failure.h"

namespace healthtensor::node {

Napi::Error toJsError(Napi::Env env, const std::exception_ptr& exception) {
  const FailureText text = describe(exception);
  Napi::Error error = Napi::Error::New(env, text.message);
  error.Set("code", Napi::String::New(env, text.code));
  return error;
}

Napi::Value guarded(const Napi::CallbackInfo& info, const std::function<Napi::Value()>& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw toJsError(info.Env(), std::current_exception());
  }
}

Napi::Value guardedPromise(const Napi::CallbackInfo& info, const std::function<Napi::Value()>& body) {
  const auto rejected = [&](const Napi::Error& error) {
    const auto deferred = Napi::Promise::Deferred::New(info.Env());
    deferred.Reject(error.Value());
    return deferred.Promise();
  };
  try {
    return body();
  } catch (const Napi::Error& error) {
    return rejected(error);
  } catch (...) {
    return rejected(toJsError(info.Env(), std::current_exception()));
  }
}

}  // namespace healthtensor::node
