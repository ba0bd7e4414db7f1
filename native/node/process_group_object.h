#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "cancellation.h"
#include "distributed/process_group.h"

namespace healthtensor::node {

/// JavaScript's handle of a ProcessGroup.
class ProcessGroupObject : public Napi::ObjectWrap<ProcessGroupObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ProcessGroupObject(const Napi::CallbackInfo& info);

  /// The group of an argument, nothing for undefined, else a BAD_ARGUMENT.
  static std::shared_ptr<ProcessGroup> of(const Napi::Value& value);

 private:
  Napi::Value port(const Napi::CallbackInfo& info);
  Napi::Value join(const Napi::CallbackInfo& info);
  Napi::Value send(const Napi::CallbackInfo& info);
  Napi::Value receive(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  /// The group, or a DISPOSED failure.
  std::shared_ptr<ProcessGroup> group() const;
  std::shared_ptr<Cancellation> watch(std::shared_ptr<Cancellation> cancellation);

  std::shared_ptr<ProcessGroup> group_;
  std::vector<std::weak_ptr<Cancellation>> calls_;
};

}  // namespace healthtensor::node
