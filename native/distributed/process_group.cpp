#include "distributed/process_group.h"

#include <ATen/core/Tensor.h>
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

constexpr milliseconds kPatience{250};
constexpr milliseconds kFarewell{2000};

// Gloo's exceptions by the name of their type, since its headers are not there.
bool comesFromGloo(const std::exception& error) {
  return std::string_view(typeid(error).name()).starts_with("N4gloo");
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

  // Shows the others that this process is there while it has nothing for them to do.
  void beat() {
    const c10::intrusive_ptr<c10d::Store> own = store->clone();
    const milliseconds every = options.timeout / 4;
    try {
      for (std::unique_lock lock(beatMutex); !beatEnds.wait_for(lock, every, [&] { return ending; });) {
        own->add("beat", 1);
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
  if (options.rank == 0) self.beating = std::thread([&self] { self.beat(); });
}

int ProcessGroup::rank() const { return implementation_->options.rank; }

int ProcessGroup::size() const { return implementation_->options.size; }

void ProcessGroup::sum(at::Tensor& tensor) {
  communicate([&] {
    std::vector<at::Tensor> tensors{tensor};
    backend()->getBackend(tensor.device().type())->allreduce(tensors)->wait();
  });
}

void ProcessGroup::broadcast(at::Tensor& tensor) {
  communicate([&] {
    std::vector<at::Tensor> tensors{tensor};
    backend()->getBackend(tensor.device().type())->broadcast(tensors)->wait();
  });
}

double ProcessGroup::sum(double value) {
  at::Tensor tensor = at::scalar_tensor(value, at::kDouble);
  sum(tensor);
  return tensor.item<double>();
}

void ProcessGroup::throwIfAnyCancelled(const Cancellation& cancellation) {
  const bool anyone = sum(cancellation.cancelled() ? 1.0 : 0.0) > 0;
  cancellation.throwIfCancelled();
  if (anyone) throw Failure("PEER_STOPPED", "Another process of this training was told to stop");
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
    int64_t beats = -1;
    auto deadline = Clock::now();
    while (!waitFor(*self.store, key, kPatience)) {
      cancellation.throwIfCancelled();
      if (const int64_t now = self.store->add("beat", 0); now != beats) {
        beats = now;
        deadline = Clock::now() + self.options.timeout;
      } else if (Clock::now() >= deadline) {
        self.fail("process 0 gives no sign of life");
      }
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
