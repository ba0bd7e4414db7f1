#pragma once

#include <napi.h>

#include <memory>

#include "node/engine_thread.h"

namespace healthtensor::node {

/// What the addon keeps for one Node environment: a main thread, a worker thread, a test's context. Nothing
/// is global.
struct Environment {
  explicit Environment(Napi::Env env) : engine(env) {}

  EngineThread engine;
  Napi::FunctionReference trainerClass;
  Napi::FunctionReference cancellationClass;
  Napi::FunctionReference processGroupClass;

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

/// The result of a job that has none.
struct Nothing {};

/// Queues a job and returns its promise.
template <typename Result>
Napi::Promise submit(Napi::Env env, std::shared_ptr<Cancellation> cancellation, const Napi::Value& onProgress,
                     typename FunctionJob<Result>::Work work, typename FunctionJob<Result>::Convert convert) {
  auto job = std::make_unique<FunctionJob<Result>>(env, std::move(cancellation), onProgress, std::move(work),
                                                   std::move(convert));
  return Environment::of(env).engine.submit(env, std::move(job));
}

}  // namespace healthtensor::node
