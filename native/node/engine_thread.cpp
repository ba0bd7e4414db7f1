#include "node/engine_thread.h"

#include <vector>

#include "device.h"
#include "failure.h"
#include "node/results.h"

namespace healthtensor::node {
namespace {

// An addon is loaded several times in one thread when code runs in several contexts (a test runner's files);
// they share one `process`, which should not collect a listener for each.
thread_local std::vector<EngineThread*> enginesOfThisThread;
thread_local bool listensForExit = false;

void listenForExit(Napi::Env env) {
  if (listensForExit) return;
  const Napi::Value process = env.Global().Get("process");
  if (!process.IsObject()) return;
  const auto stopAll = [](const Napi::CallbackInfo&) {
    for (EngineThread* engine : enginesOfThisThread) engine->stop();
  };
  const Napi::Value once = process.As<Napi::Object>().Get("once");
  once.As<Napi::Function>().Call(process,
                                 {Napi::String::New(env, "exit"), Napi::Function::New(env, stopAll)});
  listensForExit = true;
}

}  // namespace

Job::Job(Napi::Env env, std::shared_ptr<Cancellation> cancellation, const Napi::Value& onProgress)
    : deferred_(Napi::Promise::Deferred::New(env)), cancellation_(std::move(cancellation)) {
  if (onProgress.IsFunction()) onProgress_ = Napi::Persistent(onProgress.As<Napi::Function>());
}

void Job::run(const std::function<void()>& announceProgress) {
  const ProgressSink sink = [&](const Progress& progress) {
    const std::lock_guard lock(progressMutex_);
    latest_ = progress;
    if (onProgress_.IsEmpty() || announced_) return;
    announced_ = true;
    announceProgress();
  };
  try {
    work(sink);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void Job::reportProgress(Napi::Env env) {
  Progress progress;
  {
    const std::lock_guard lock(progressMutex_);
    announced_ = false;
    progress = latest_;
  }
  onProgress_.Call({toJs(env, progress)});
}

void Job::settle(Napi::Env env) {
  try {
    if (failure_) std::rethrow_exception(failure_);
    deferred_.Resolve(result(env));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (...) {
    deferred_.Reject(toJsError(env, std::current_exception()).Value());
  }
}

EngineThread::EngineThread(Napi::Env env)
    : toJavaScript_(
          Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                        "healthtensor engine", /*maxQueueSize=*/0, /*threadCount=*/1)) {
  toJavaScript_.Unref(env);
  // Registered after the thread-safe function was made, so it runs before Node closes that one: hooks run in
  // reverse.
  env.AddCleanupHook([](EngineThread* self) { self->stop(); }, this);
  enginesOfThisThread.push_back(this);
  listenForExit(env);
}

EngineThread::~EngineThread() {
  stop();
  std::erase(enginesOfThisThread, this);
}

Napi::Promise EngineThread::submit(Napi::Env env, std::unique_ptr<Job> job) {
  if (stopping_) throw Failure("ENGINE_STOPPED", "The process or worker thread is ending");
  // First of all, since it may fail: a job that nobody works off would keep the process alive for ever.
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  if (jobs_.empty()) toJavaScript_.Ref(env);
  Job* added = job.get();
  Napi::Promise promise = added->promise();
  jobs_.emplace(added, std::move(job));
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(added);
  }
  wake_.notify_one();
  return promise;
}

void EngineThread::discard(std::shared_ptr<void> object) {
  if (object == nullptr || !thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    discarded_.push_back(std::move(object));
  }
  wake_.notify_one();
}

void EngineThread::loop() {
  flushDenormals();
  while (true) {
    Job* job = nullptr;
    std::vector<std::shared_ptr<void>> discarded;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !discarded_.empty(); });
      if (stopping_) return;
      discarded.swap(discarded_);
      if (!queue_.empty()) {
        job = queue_.front();
        queue_.pop_front();
      }
    }
    discarded.clear();
    if (job == nullptr) continue;
    job->run([&] {
      toJavaScript_.NonBlockingCall(job,
                                    [](Napi::Env env, Napi::Function, Job* j) { j->reportProgress(env); });
    });
    toJavaScript_.NonBlockingCall(job, [this](Napi::Env env, Napi::Function, Job* j) { finished(env, j); });
  }
}

void EngineThread::finished(Napi::Env env, Job* job) {
  const auto owned = jobs_.extract(job);
  if (jobs_.empty()) toJavaScript_.Unref(env);
  owned.mapped()->settle(env);
}

void EngineThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  for (const auto& [job, owned] : jobs_) job->cancellation().cancel(Cancellation::Reason::kAborted);
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  // The jobs stay until the destructor: 'exit' may have been emitted from within one's progress callback.
  toJavaScript_.Release();
}

}  // namespace healthtensor::node
