#pragma once

#include <napi.h>

#include <exception>
#include <functional>

namespace healthtensor::node {

/// A JavaScript Error with `code` for any C++ exception.
Napi::Error toJsError(Napi::Env env, const std::exception_ptr& exception);

/// Runs the body of a synchronous entry point: no C++ exception but Napi::Error leaves it.
Napi::Value guarded(const Napi::CallbackInfo& info, const std::function<Napi::Value()>& body);

/// The same for an entry point that answers by promise: what is thrown rejects it.
Napi::Value guardedPromise(const Napi::CallbackInfo& info, const std::function<Napi::Value()>& body);

}  // namespace healthtensor::node
