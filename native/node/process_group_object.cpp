#include "node/process_group_object.h"

#include "node/arguments.h"
#include "node/cancellation_object.h"
#include "node/environment.h"

namespace healthtensor::node {
namespace {

constexpr int64_t kMostPorts = 65535;

GroupOptions groupOptions(const Napi::Value& value) {
  if (!value.IsObject()) throw Failure("BAD_ARGUMENT", "Expected the process group's options");
  const auto object = value.As<Napi::Object>();
  GroupOptions options{
      .rank = static_cast<int>(integerArgument(object.Get("rank"), "rank", 0)),
      .size = static_cast<int>(integerArgument(object.Get("size"), "size", 1)),
      .masterAddress = stringArgument(object.Get("masterAddress"), "masterAddress"),
      .masterPort = static_cast<int>(integerArgument(object.Get("masterPort"), "masterPort", 0)),
      .timeout = std::chrono::milliseconds(integerArgument(object.Get("timeoutMs"), "timeoutMs", 1)),
      .launcherKeepsStore = object.Get("launcherKeepsStore").ToBoolean().Value(),
      .attempt = stringArgument(object.Get("attempt"), "attempt"),
  };
  if (options.rank >= options.size || options.masterPort > kMostPorts) {
    throw Failure("BAD_ARGUMENT", "Expected a rank below the size and a port up to 65535");
  }
  return options;
}

}  // namespace

Napi::Function ProcessGroupObject::define(Napi::Env env) {
  return DefineClass(env, "ProcessGroup",
                     {
                         InstanceAccessor<&ProcessGroupObject::port>("port"),
                         InstanceMethod<&ProcessGroupObject::join>("join"),
                         InstanceMethod<&ProcessGroupObject::send>("send"),
                         InstanceMethod<&ProcessGroupObject::receive>("receive"),
                         InstanceMethod<&ProcessGroupObject::dispose>("dispose"),
                     });
}

ProcessGroupObject::ProcessGroupObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, [&] {
    group_ = std::make_shared<ProcessGroup>(groupOptions(info[0]));
    return info.Env().Undefined();
  });
}

std::shared_ptr<ProcessGroup> ProcessGroupObject::of(const Napi::Value& value) {
  if (value.IsUndefined()) return nullptr;
  const Napi::Function expected = Environment::of(value.Env()).processGroupClass.Value();
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(expected)) {
    throw Failure("BAD_ARGUMENT", "Expected a ProcessGroup");
  }
  return Unwrap(value.As<Napi::Object>())->group();
}

std::shared_ptr<ProcessGroup> ProcessGroupObject::group() const {
  if (group_ == nullptr) throw Failure("DISPOSED", "The process group has been disposed of");
  return group_;
}

std::shared_ptr<Cancellation> ProcessGroupObject::watch(std::shared_ptr<Cancellation> cancellation) {
  std::erase_if(calls_, [](const std::weak_ptr<Cancellation>& call) { return call.expired(); });
  calls_.push_back(cancellation);
  return cancellation;
}

Napi::Value ProcessGroupObject::port(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return Napi::Number::New(info.Env(), group()->port()); });
}

Napi::Value ProcessGroupObject::join(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&] {
    return submit<Nothing>(
        info.Env(), watch(CancellationObject::of(info[1])), info.Env().Undefined(),
        [group = group(), device = deviceArgument(info[0])](const Cancellation& cancellation,
                                                            const ProgressSink&) {
          group->join(device, cancellation);
          return Nothing{};
        },
        [](Napi::Env env, Nothing&) { return env.Undefined(); });
  });
}

Napi::Value ProcessGroupObject::send(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&] {
    return submit<Nothing>(
        info.Env(), std::make_shared<Cancellation>(), info.Env().Undefined(),
        [group = group(), order = stringArgument(info[0], "order")](const Cancellation&,
                                                                    const ProgressSink&) {
          group->send(order);
          return Nothing{};
        },
        [](Napi::Env env, Nothing&) { return env.Undefined(); });
  });
}

Napi::Value ProcessGroupObject::receive(const Napi::CallbackInfo& info) {
  return guardedPromise(info, [&] {
    return submit<std::optional<std::string>>(
        info.Env(), watch(CancellationObject::of(info[0])), info.Env().Undefined(),
        [group = group()](const Cancellation& cancellation, const ProgressSink&) {
          return group->receive(cancellation);
        },
        [](Napi::Env env, std::optional<std::string>& order) -> Napi::Value {
          return order ? Napi::String::New(env, *order) : env.Null();
        });
  });
}

Napi::Value ProcessGroupObject::dispose(const Napi::CallbackInfo& info) {
  for (const std::weak_ptr<Cancellation>& call : calls_) {
    if (const auto cancellation = call.lock()) cancellation->cancel(Cancellation::Reason::kDisposed);
  }
  if (group_ != nullptr) Environment::of(info.Env()).engine.discard(std::exchange(group_, nullptr));
  return info.Env().Undefined();
}

}  // namespace healthtensor::node
