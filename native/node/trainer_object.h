#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "cancellation.h"
#include "training/trainer.h"

namespace healthtensor::node {

/// JavaScript's handle of a Trainer. Its memory is reported to V8, which sees only a small object otherwise
/// and would let forgotten ones pile up.
class TrainerObject : public Napi::ObjectWrap<TrainerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /// Not for JavaScript: the argument is an External that holds the shared pointer. See `wrap`.
  explicit TrainerObject(const Napi::CallbackInfo& info);
  ~TrainerObject() override;

  static Napi::Value wrap(Napi::Env env, const std::shared_ptr<Trainer>& trainer);

 private:
  Napi::Value parameters(const Napi::CallbackInfo& info);
  Napi::Value resumed(const Napi::CallbackInfo& info);
  Napi::Value note(const Napi::CallbackInfo& info);
  Napi::Value pretrainedHead(const Napi::CallbackInfo& info);
  Napi::Value standing(const Napi::CallbackInfo& info);
  Napi::Value position(const Napi::CallbackInfo& info);
  Napi::Value trainEpoch(const Napi::CallbackInfo& info);
  Napi::Value validate(const Napi::CallbackInfo& info);
  Napi::Value saveCheckpoint(const Napi::CallbackInfo& info);
  Napi::Value saveWeights(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  /// The trainer, or a DISPOSED failure.
  std::shared_ptr<Trainer> trainer() const;
  /// Remembers the cancellation of a call, so that dispose can end it.
  std::shared_ptr<Cancellation> watch(std::shared_ptr<Cancellation> cancellation);
  Napi::Promise save(Napi::Env env, std::function<void(Trainer&)> work);
  /// Takes the trainer out, if there still is one, and its memory off V8's account.
  std::shared_ptr<Trainer> release(Napi::Env env);

  std::shared_ptr<Trainer> trainer_;
  std::vector<std::weak_ptr<Cancellation>> calls_;
  int64_t reportedBytes_ = 0;
};

}  // namespace healthtensor::node
