#include "distributed/process_group.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/util/Exception.h>

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <typeinfo>

#include "checksum.h"
#include "distributed/gloo_backend.h"
#include "distributed/nccl_backend.h"
#include "distributed/rendezvous.h"
#include "failure.h"

namespace healthtensor {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFarewell{2000};

// Gloo's exceptions by the name of their type, since its headers are not there.
bool comesFromGloo(const std::exception& error) {
  return std::string_view(typeid(error).name()).starts_with("N4gloo");
}

Failure stoppedByPeer() {
  return {"PEER_STOPPED", "Another process of this training was told to stop, or cannot go on"};
}

std::string beatKey(int rank) { return "beat/" + std::to_string(rank); }

// Whether some processes still beat, however long one waits for them.
class SignsOfLife {
 public:
  SignsOfLife(c10d::Store& store, const std::vector<int>& ranks, milliseconds timeout)
      : store_(store), timeout_(timeout) {
    for (const int rank : ranks) last_.push_back({rank, -1, Clock::now()});
  }

  /// False when one of them has not beaten for the timeout.
  bool seen() {
    for (auto& [rank, beats, at] : last_) {
      const int64_t now = store_.add(beatKey(rank), 0);
      if (now != beats) {
        beats = now;
        at = Clock::now();
      } else if (Clock::now() - at >= timeout_) {
        return false;
      }
    }
    return true;
  }

 private:
  struct Last {
    int rank;
    int64_t beats;
    Clock::time_point at;
  };

  c10d::Store& store_;
  milliseconds timeout_;
  std::vector<Last> last_;
};

// The tensor's memory in its own order: NCCL takes no other layout than the plain one.
at::Tensor flat(const at::Tensor& tensor) {
  const at::NoGradGuard noGradients;
  const at::Tensor values = tensor.detach();
  return values.is_contiguous() ? values : values.as_strided({values.numel()}, {1});
}

}  // namespace

struct ProcessGroup::Implementation {
  explicit Implementation(const GroupOptions& asked) : options(asked) {
    if (options.rank == 0 && !options.launcherKeepsStore)
      listening.emplace(options.masterAddress, options.masterPort);
  }

  ~Implementation() {
    stopBeating();
    if (options.rank == 0 && store && !lost) farewell();
    // The store last: it is what Gloo's and NCCL's threads look at.
    group.reset();
  }

  // Shows the others that this process is there while it does something of its own.
  void beat() {
    const milliseconds every = options.timeout / 4;
    try {
      // A connection of its own, which the other side may already refuse.
      const c10::intrusive_ptr<c10d::Store> own = store->clone();
      for (std::unique_lock lock(beatMutex); !beatEnds.wait_for(lock, every, [&] { return ending; });) {
        own->add(beatKey(options.rank), 1);
      }
    } catch (const std::exception&) {
      // The store is gone; whoever waits for it hears of it by itself.
    }
  }

  void stopBeating() {
    {
      const std::lock_guard lock(beatMutex);
      ending = true;
    }
    beatEnds.notify_all();
    if (beating.joinable()) beating.join();
  }

  void farewell() {
    try {
      store->set(orderKey(orders), std::string());
      const auto deadline = Clock::now() + kFarewell;
      while (store->add("left", 0) + 1 < options.size && Clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds(5));
      }
    } catch (const std::exception&) {
      // They have gone already.
    }
  }

  std::vector<int> others() const {
    std::vector<int> ranks;
    for (int rank = 0; rank < options.size; ++rank) {
      if (rank != options.rank) ranks.push_back(rank);
    }
    return ranks;
  }

  [[noreturn]] void fail(const std::string& detail) {
    lost = true;
    throw Failure("PEER_LOST", "Another process of this training was lost or did not answer within " +
                                   std::to_string(options.timeout.count() / 1000.0).substr(0, 5) + " s (" +
                                   detail + ")");
  }

  static std::string orderKey(int64_t index) { return "order/" + std::to_string(index); }

  const GroupOptions options;
  std::optional<ListeningSocket> listening;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  int64_t orders = 0;
  int64_t points = 0;
  bool lost = false;

  std::thread beating;
  std::mutex beatMutex;
  std::condition_variable beatEnds;
  bool ending = false;
};

ProcessGroup::ProcessGroup(const GroupOptions& options)
    : implementation_(std::make_unique<Implementation>(options)) {}

ProcessGroup::~ProcessGroup() = default;

int ProcessGroup::port() const {
  return implementation_->listening ? implementation_->listening->port()
                                    : implementation_->options.masterPort;
}

void ProcessGroup::join(const DeviceChoice& device, const Cancellation& cancellation) {
  Implementation& self = *implementation_;
  const GroupOptions& options = self.options;
  communicate([&] {
    self.store = meet(options, self.listening ? &*self.listening : nullptr, cancellation);
    const std::string address = addressTowards(options.masterAddress, port());
    using Type = c10d::ProcessGroup::BackendType;
    auto group = c10::make_intrusive<c10d::ProcessGroup>(self.store, options.rank, options.size);
    const auto gloo = openGlooBackend(c10::make_intrusive<c10d::PrefixStore>("gloo", self.store),
                                      options.rank, options.size, address, options.timeout);
    group->setBackend(c10::DeviceType::CPU, Type::GLOO, gloo);
    if (device.cuda) {
      enterDevice(device);
      const auto nccl = openNcclBackend(c10::make_intrusive<c10d::PrefixStore>("nccl", self.store),
                                        options.rank, options.size, options.timeout);
      group->setBackend(c10::DeviceType::CUDA, Type::NCCL, nccl);
    }
    group->setDefaultBackend(device.cuda ? Type::NCCL : Type::GLOO);
    self.group = std::move(group);
  });
  self.beating = std::thread([&self] { self.beat(); });
}

int ProcessGroup::rank() const { return implementation_->options.rank; }

int ProcessGroup::size() const { return implementation_->options.size; }

void ProcessGroup::sum(at::Tensor& tensor) {
  communicate([&] {
    std::vector<at::Tensor> tensors{flat(tensor)};
    backend()->getBackend(tensor.device().type())->allreduce(tensors)->wait();
  });
}

void ProcessGroup::broadcast(at::Tensor& tensor) {
  communicate([&] {
    std::vector<at::Tensor> tensors{flat(tensor)};
    backend()->getBackend(tensor.device().type())->broadcast(tensors)->wait();
  });
}

double ProcessGroup::sum(double value) {
  at::Tensor tensor = at::scalar_tensor(value, at::kDouble);
  sum(tensor);
  return tensor.item<double>();
}

void ProcessGroup::throwIfAnyCancelled(const Cancellation& cancellation) {
  // Looked at once: a wish that comes while the others are asked is for the next time.
  const bool own = cancellation.cancelled();
  if (sum(own ? 1.0 : 0.0) == 0) return;
  if (own) cancellation.throwIfCancelled();
  throw stoppedByPeer();
}

void ProcessGroup::meetAfter(const std::function<void()>& work, const Cancellation& cancellation) {
  Implementation& self = *implementation_;
  const std::string point = "point/" + std::to_string(self.points++);
  const std::string verdict = point + "/verdict";
  // Whoever comes last says "go", whoever cannot go on says "stop", and the first word stands.
  const auto say = [&](const char* word) { self.store->compareSet(verdict, std::string(), word); };
  try {
    work();
  } catch (...) {
    const std::exception_ptr failure = std::current_exception();
    communicate([&] { say("stop"); });
    std::rethrow_exception(failure);
  }
  communicate([&] {
    if (self.store->add(point, 1) == self.options.size) say("go");
    SignsOfLife signs(*self.store, self.others(), self.options.timeout);
    while (!waitFor(*self.store, verdict, kPatience)) {
      if (cancellation.cancelled()) say("stop");
      if (!signs.seen()) self.fail("another process gives no sign of life");
    }
    if (self.store->get_to_str(verdict) == "stop") {
      cancellation.throwIfCancelled();
      throw stoppedByPeer();
    }
  });
}

void ProcessGroup::mustAgree(const std::string& text, const std::string& what) {
  at::Tensor leaders =
      at::scalar_tensor(static_cast<int64_t>(xxHash64(text.data(), text.size(), 0)), at::kLong);
  const auto own = leaders.item<int64_t>();
  broadcast(leaders);
  if (sum(leaders.item<int64_t>() == own ? 0.0 : 1.0) > 0) {
    throw Failure("GROUP_MISMATCH", "The processes of this training do not agree on " + what);
  }
}

void ProcessGroup::send(const std::string& order) {
  Implementation& self = *implementation_;
  communicate([&] { self.store->set(Implementation::orderKey(self.orders++), order); });
}

std::optional<std::string> ProcessGroup::receive(const Cancellation& cancellation) {
  Implementation& self = *implementation_;
  std::optional<std::string> order;
  communicate([&] {
    const std::string key = Implementation::orderKey(self.orders++);
    SignsOfLife signs(*self.store, {0}, self.options.timeout);
    while (!waitFor(*self.store, key, kPatience)) {
      cancellation.throwIfCancelled();
      if (!signs.seen()) self.fail("process 0 gives no sign of life");
    }
    std::string text = self.store->get_to_str(key);
    if (text.empty()) {
      self.store->add("left", 1);
    } else {
      order = std::move(text);
    }
  });
  return order;
}

void ProcessGroup::abandon() { implementation_->lost = true; }

void ProcessGroup::communicate(const std::function<void()>& work) {
  Implementation& self = *implementation_;
  if (self.lost) self.fail("it was lost before");
  try {
    work();
  } catch (const c10::DistError& error) {
    self.fail(describe(std::current_exception()).message);
  } catch (const std::exception& error) {
    if (!comesFromGloo(error)) throw;
    self.fail(describe(std::current_exception()).message);
  }
}

const c10::intrusive_ptr<c10d::ProcessGroup>& ProcessGroup::backend() const { return implementation_->group; }

}  // namespace healthtensor
