#pragma once

#include <c10/util/intrusive_ptr.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cancellation.h"
#include "device.h"
#include "distributed/collective.h"
#include "distributed/group_options.h"

namespace c10d {
class ProcessGroup;
}

namespace healthtensor {

/// c10d's process group: Gloo for tensors on the CPU and, where the training runs on GPUs, NCCL for those.
///
/// All but `port` and the constructor belongs to the engine thread. After a PEER_LOST every further call is a
/// PEER_LOST at once: the processes no longer agree on what comes next.
class ProcessGroup final : public Collective {
 public:
  /// Rank 0 listens at the master's address from now on. Throws GROUP_ADDRESS.
  explicit ProcessGroup(const GroupOptions& options);
  /// Rank 0 tells the others that the work has ended, and gives them a moment to hear it.
  ~ProcessGroup() override;

  /// Where rank 0 listens.
  int port() const;

  /// Waits for the others and connects with them. Throws GROUP_INCOMPLETE, GROUP_UNSUPPORTED, ABORTED.
  void join(const DeviceChoice& device, const Cancellation& cancellation);

  int rank() const override;
  int size() const override;
  void sum(at::Tensor& tensor) override;
  void broadcast(at::Tensor& tensor) override;
  /// The sum of everyone's number.
  double sum(double value);

  /// Looks at everyone's wish to stop, so that all stop at the same place: throws one's own reason, or
  /// PEER_STOPPED when it is another's.
  void throwIfAnyCancelled(const Cancellation& cancellation);
  /// Does something of one's own that may take any time, and waits until everyone has done it. When it fails
  /// or is aborted on one process, the others end with PEER_STOPPED.
  void meetAfter(const std::function<void()>& work, const Cancellation& cancellation);
  /// Throws GROUP_MISMATCH, everywhere, when the text is not the same on all processes.
  void mustAgree(const std::string& text, const std::string& what);

  /// Rank 0: what the others are to do next.
  void send(const std::string& order);
  /// The others: the next order of rank 0, however long it takes, or nothing when the work has ended.
  std::optional<std::string> receive(const Cancellation& cancellation);

  /// Something went wrong here that the others know nothing of: the group is lost, for them as soon as this
  /// process lets go of it.
  void abandon();

  /// Runs something that communicates; what failed because of a peer becomes PEER_LOST.
  void communicate(const std::function<void()>& work);

  const c10::intrusive_ptr<c10d::ProcessGroup>& backend() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace healthtensor
