#include "training/joint_work.h"

#include <set>

namespace healthtensor {

bool isSharedEnd(const Failure& failure) {
  static const std::set<std::string> kCodes{"ABORTED", "DISPOSED", "PEER_STOPPED", "NOT_FINITE", "NO_IMAGES"};
  return kCodes.contains(failure.code());
}

}  // namespace healthtensor
