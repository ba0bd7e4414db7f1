#include "node/trainer_object.h"

#include <utility>

#include "failure.h"
#include "node/arguments.h"
#include "node/cancellation_object.h"
#include "node/environment.h"
#include "node/errors.h"
#include "node/results.h"

namespace healthtensor::node {
namespace {

template <typename Result>
Napi::Value resultToJs(Napi::Env env, Result& result) {
  return toJs(env, result);
}

}  // namespace

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceAccessor<&TrainerObject::parameters>("parameters"),
                         InstanceAccessor<&TrainerObject::resumed>("resumed"),
                         InstanceAccessor<&TrainerObject::note>("note"),
                         InstanceAccessor<&TrainerObject::pretrainedHead>("pretrainedHead"),
                         InstanceMethod<&TrainerObject::position>("position"),
                         InstanceMethod<&TrainerObject::standing>("standing"),
                         InstanceMethod<&TrainerObject::trainEpoch>("trainEpoch"),
                         InstanceMethod<&TrainerObject::validate>("validate"),
                         InstanceMethod<&TrainerObject::saveCheckpoint>("saveCheckpoint"),
                         InstanceMethod<&TrainerObject::saveWeights>("saveWeights"),
                         InstanceMethod<&TrainerObject::dispose>("dispose"),
                     });
}

Napi::Value TrainerObject::wrap(Napi::Env env, const std::shared_ptr<Trainer>& trainer) {
  auto shared = trainer;
  return Environment::of(env).trainerClass.New({Napi::External<std::shared_ptr<Trainer>>::New(env, &shared)});
}

TrainerObject::TrainerObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "Trainers are made by openTrainer");
  trainer_ = *info[0].As<Napi::External<std::shared_ptr<Trainer>>>().Data();
  reportedBytes_ = trainer_->bytes();
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reportedBytes_);
}

TrainerObject::~TrainerObject() { release(Env()); }

std::shared_ptr<Trainer> TrainerObject::release(Napi::Env env) {
  if (trainer_ != nullptr) Napi::MemoryManagement::AdjustExternalMemory(env, -reportedBytes_);
  return std::exchange(trainer_, nullptr);
}

std::shared_ptr<Trainer> TrainerObject::trainer() const {
  if (trainer_ == nullptr) throw Failure("DISPOSED", "The trainer has been disposed of");
  return trainer_;
}

std::shared_ptr<Cancellation> TrainerObject::watch(std::shared_ptr<Cancellation> cancellation) {
  std::erase_if(calls_, [](const std::weak_ptr<Cancellation>& call) { return call.expired(); });
  calls_.push_back(cancellation);
  return cancellation;
}

Napi::Value TrainerObject::parameters(const Napi::CallbackInfo& info) {
  return guarded(info,
                 [&] { return Napi::Number::New(info.Env(), static_cast<double>(trainer()->parameters())); });
}

Napi::Value TrainerObject::resumed(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return Napi::Boolean::New(info.Env(), trainer()->resumed()); });
}

Napi::Value TrainerObject::note(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return Napi::String::New(info.Env(), trainer()->note()); });
}

Napi::Value TrainerObject::pretrainedHead(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return Napi::Boolean::New(info.Env(), trainer()->pretrainedHead()); });
}

Napi::Value TrainerObject::standing(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return toJs(info.Env(), trainer()->standing(), trainer()->learningRate()); });
}

Napi::Value TrainerObject::position(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return toJs(info.Env(), trainer()->position()); });
}

Napi::Value TrainerObject::trainEpoch(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&]() -> Napi::Value {
    const CheckpointPlan checkpoints = checkpointPlan(info[0]);
    return submit<EpochResult>(
        info.Env(), watch(CancellationObject::of(info[1])), info[2],
        [trainer = trainer(), checkpoints](const Cancellation& cancellation, const ProgressSink& progress) {
          return trainer->trainEpoch(checkpoints, cancellation, progress);
        },
        resultToJs<EpochResult>);
  });
}

Napi::Value TrainerObject::validate(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&]() -> Napi::Value {
    return submit<Evaluation>(
        info.Env(), watch(CancellationObject::of(info[1])), info[2],
        [trainer = trainer(), precision = evaluationPrecision(info[0])](const Cancellation& cancellation,
                                                                        const ProgressSink& progress) {
          return trainer->validate(precision, cancellation, progress);
        },
        resultToJs<Evaluation>);
  });
}

Napi::Promise TrainerObject::save(Napi::Env env, std::function<void(Trainer&)> work) {
  return submit<Nothing>(
      env, std::make_shared<Cancellation>(), env.Undefined(),
      [trainer = trainer(), work = std::move(work)](const Cancellation&, const ProgressSink&) {
        work(*trainer);
        return Nothing{};
      },
      [](Napi::Env e, Nothing&) { return e.Undefined(); });
}

Napi::Value TrainerObject::saveCheckpoint(const Napi::CallbackInfo& info) {
  return guardedPromise(info,
                        [&] { return save(info.Env(), [](Trainer& trainer) { trainer.saveCheckpoint(); }); });
}

Napi::Value TrainerObject::saveWeights(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&] {
    return save(info.Env(),
                [path = stringArgument(info[0], "path")](Trainer& trainer) { trainer.saveWeights(path); });
  });
}

Napi::Value TrainerObject::dispose(const Napi::CallbackInfo& info) {
  for (const std::weak_ptr<Cancellation>& call : calls_) {
    if (const auto cancellation = call.lock()) cancellation->cancel(Cancellation::Reason::kDisposed);
  }
  Environment::of(info.Env()).engine.discard(release(info.Env()));
  return info.Env().Undefined();
}

}  // namespace healthtensor::node
