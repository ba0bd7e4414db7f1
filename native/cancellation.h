#pragma once

#include <atomic>

#include "failure.h"

namespace healthtensor {

/// A wish to stop, set on the JavaScript thread and looked at between batches on the engine thread.
class Cancellation {
 public:
  enum class Reason { kNone, kAborted, kDisposed };

  Cancellation() = default;
  virtual ~Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// The first reason stays.
  void cancel(Reason reason) {
    Reason none = Reason::kNone;
    reason_.compare_exchange_strong(none, reason);
  }
  /// This process' wish alone, where `throwIfCancelled` asks others too.
  virtual const Cancellation& own() const { return *this; }
  bool cancelled() const { return reason_.load() != Reason::kNone; }
  virtual void throwIfCancelled() const {
    switch (reason_.load()) {
      case Reason::kNone:
        return;
      case Reason::kAborted:
        throw Failure("ABORTED", "The work was aborted");
      case Reason::kDisposed:
        throw Failure("DISPOSED", "The trainer was disposed of while it worked");
    }
  }

 private:
  std::atomic<Reason> reason_{Reason::kNone};
};

}  // namespace healthtensor
