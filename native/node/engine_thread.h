#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cancellation.h"
#include "node/errors.h"
#include "progress.h"

namespace healthtensor::node {

/// Work that is done on the engine thread and settles a promise on the JavaScript thread.
class Job {
 public:
  Job(Napi::Env env, std::shared_ptr<Cancellation> cancellation, const Napi::Value& onProgress);
  virtual ~Job() = default;

  Napi::Promise promise() const { return deferred_.Promise(); }
  Cancellation& cancellation() { return *cancellation_; }

  /// Engine thread. Never throws.
  void run(const std::function<void()>& announceProgress);
  /// JavaScript thread.
  void reportProgress(Napi::Env env);
  void settle(Napi::Env env);

 protected:
  virtual void work(const ProgressSink& progress) = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Cancellation> cancellation_;
  Napi::FunctionReference onProgress_;
  std::exception_ptr failure_;

  // Only the latest progress is kept: a busy event loop gets fewer reports, never a growing queue of them.
  std::mutex progressMutex_;
  Progress latest_;
  bool announced_ = false;
};

/// The one native thread of a Node environment on which all tensor work happens, in order. One thread and
/// always the same: GNU OpenMP keeps a thread pool for each thread that enters a parallel region, so work
/// spread over libuv's threads would multiply them. It starts with the first job; while jobs wait, the
/// environment stays alive.
///
/// It must be joined before libtorch's static objects are destroyed. Two things end an environment, and
/// neither tells of the other: `process.exit` and the natural end emit 'exit' and run no clean-up hooks on
/// the main thread, a terminated worker thread runs the hooks and emits nothing. Both cancel the running work
/// at the next batch and join.
class EngineThread {
 public:
  explicit EngineThread(Napi::Env env);
  ~EngineThread();
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

  /// JavaScript thread. Returns the job's promise; throws ENGINE_STOPPED once the environment ends.
  Napi::Promise submit(Napi::Env env, std::unique_ptr<Job> job);
  /// JavaScript thread. Lets go of an object on the engine thread: giving back the memory of a model takes
  /// the system many milliseconds. Without an engine thread it is done here.
  void discard(std::shared_ptr<void> object);
  /// JavaScript thread. Ends the thread for good, after at most the batch that is being worked on.
  void stop();

 private:
  void loop();
  void finished(Napi::Env env, Job* job);

  Napi::ThreadSafeFunction toJavaScript_;
  /// Jobs that are not yet settled; JavaScript thread only.
  std::unordered_map<Job*, std::unique_ptr<Job>> jobs_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> queue_;
  std::vector<std::shared_ptr<void>> discarded_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Runs `work` on the engine thread and resolves with `convert(env, work's result)`.
template <typename Result>
class FunctionJob final : public Job {
 public:
  using Work = std::function<Result(const Cancellation&, const ProgressSink&)>;
  using Convert = std::function<Napi::Value(Napi::Env, Result&)>;

  FunctionJob(Napi::Env env, std::shared_ptr<Cancellation> cancellation, const Napi::Value& onProgress,
              Work work, Convert convert)
      : Job(env, std::move(cancellation), onProgress), work_(std::move(work)), convert_(std::move(convert)) {}

 protected:
  void work(const ProgressSink& progress) override {
    // Moved here so that what the work holds on to (a trainer that was disposed of meanwhile) is freed on
    // this thread and not on the JavaScript thread, also when it fails.
    const Work work = std::move(work_);
    cancellation().throwIfCancelled();
    result_.emplace(work(cancellation(), progress));
  }
  Napi::Value result(Napi::Env env) override { return convert_(env, *result_); }

 private:
  Work work_;
  Convert convert_;
  std::optional<Result> result_;
};

}  // namespace healthtensor::node
