#pragma once

#include "cancellation.h"
#include "distributed/process_group.h"

namespace healthtensor {

/// The wish of any process of a group to stop: all stop at the same place. Looking at it is a conversation,
/// so all must look equally often.
class GroupCancellation final : public Cancellation {
 public:
  GroupCancellation(ProcessGroup& group, const Cancellation& own) : group_(group), own_(own) {}

  void throwIfCancelled() const override { group_.throwIfAnyCancelled(own_); }
  const Cancellation& own() const override { return own_; }

 private:
  ProcessGroup& group_;
  const Cancellation& own_;
};

}  // namespace healthtensor
