#include "distributed/rendezvous.h"

#include <algorithm>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "failure.h"

namespace healthtensor {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

c10::intrusive_ptr<c10d::Store> keepStore(const GroupOptions& options, ListeningSocket& listening) {
  c10d::TCPStoreOptions settings;
  settings.port = static_cast<uint16_t>(listening.port());
  settings.isServer = true;
  settings.waitWorkers = false;
  settings.timeout = options.timeout;
  // A socket of ours: by itself the store would listen on every address of the machine.
  settings.masterListenFd = listening.descriptor();
  auto store = c10::make_intrusive<c10d::TCPStore>(options.masterAddress, settings);
  listening.handOver();
  return store;
}

c10::intrusive_ptr<c10d::Store> findStore(const GroupOptions& options, const Cancellation& cancellation,
                                          Clock::time_point deadline) {
  // The store's own attempts cannot be cancelled and warn of each failure, so it is asked for when something
  // listens.
  while (!somethingListens(options.masterAddress, options.masterPort, kPatience)) {
    cancellation.throwIfCancelled();
    if (Clock::now() >= deadline) {
      throw Failure("GROUP_INCOMPLETE", "Process 0 does not listen on " + options.masterAddress + " port " +
                                            std::to_string(options.masterPort));
    }
  }
  c10d::TCPStoreOptions settings;
  settings.port = static_cast<uint16_t>(options.masterPort);
  settings.waitWorkers = false;
  settings.timeout = options.timeout;
  return c10::make_intrusive<c10d::TCPStore>(options.masterAddress, settings);
}

void waitForAll(c10d::Store& store, const GroupOptions& options, const Cancellation& cancellation,
                Clock::time_point deadline) {
  if (store.add("joined", 1) == options.size) store.set("complete", std::string("1"));
  while (!waitFor(store, "complete", kPatience)) {
    cancellation.throwIfCancelled();
    if (Clock::now() >= deadline) {
      throw Failure(
          "GROUP_INCOMPLETE",
          "Expected " + std::to_string(options.size) + " processes but " +
              std::to_string(store.add("joined", 0)) + " came within " +
              std::to_string(std::chrono::duration_cast<std::chrono::seconds>(options.timeout).count()) +
              " s");
    }
  }
}

}  // namespace

bool waitFor(c10d::Store& store, const std::string& key, milliseconds atMost) {
  const auto deadline = Clock::now() + atMost;
  // Not the store's own wait: its expiry cannot be told from a lost connection.
  for (milliseconds pause{1}; !store.check({key}); pause = std::min(pause * 2, milliseconds(20))) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

c10::intrusive_ptr<c10d::Store> meet(const GroupOptions& options, ListeningSocket* listening,
                                     const Cancellation& cancellation) {
  const auto deadline = Clock::now() + options.timeout;
  const auto tcp =
      listening != nullptr ? keepStore(options, *listening) : findStore(options, cancellation, deadline);
  // A launcher's store has keys of its own, and those of the attempt before.
  auto store = c10::make_intrusive<c10d::PrefixStore>("healthtensor/" + options.attempt, tcp);
  waitForAll(*store, options, cancellation, deadline);
  return store;
}

}  // namespace healthtensor
