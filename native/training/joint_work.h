#pragma once

#include <string>

#include "cancellation.h"
#include "distributed/group_cancellation.h"
#include "distributed/process_group.h"
#include "failure.h"

namespace healthtensor {

/// Whether all processes of a group come to this end of an order at the same place.
bool isSharedEnd(const Failure& failure);

/// Does what rank 0 tells the others to do at the same time; without a group (null) just does it. What goes
/// wrong for everyone in the same way leaves the group as it is; after anything else the processes no longer
/// agree on what comes next.
template <typename Work>
auto together(ProcessGroup* group, const std::string& order, const Cancellation& cancellation,
              const Work& work) {
  if (group == nullptr) return work(cancellation);
  if (group->rank() == 0) group->send(order);
  try {
    return work(GroupCancellation(*group, cancellation));
  } catch (const Failure& failure) {
    if (!isSharedEnd(failure)) group->abandon();
    throw;
  } catch (...) {
    group->abandon();
    throw;
  }
}

}  // namespace healthtensor
