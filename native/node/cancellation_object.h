#pragma once

#include <napi.h>

#include <memory>

#include "cancellation.h"

namespace healthtensor::node {

/// JavaScript's handle of a Cancellation.
class CancellationObject : public Napi::ObjectWrap<CancellationObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit CancellationObject(const Napi::CallbackInfo& info);

  /// The cancellation of an argument, or a BAD_ARGUMENT.
  static std::shared_ptr<Cancellation> of(const Napi::Value& value);

 private:
  Napi::Value cancel(const Napi::CallbackInfo& info);

  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
};

}  // namespace healthtensor::node
