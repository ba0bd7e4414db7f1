#pragma once

#include <chrono>
#include <string>

namespace healthtensor {

/// How a process finds the others that train the same model.
struct GroupOptions {
  int rank = 0;
  int size = 1;
  /// An address of rank 0's machine, at which the processes meet. Nothing listens on any other address.
  std::string masterAddress;
  /// 0 on rank 0: any that is free.
  int masterPort = 0;
  /// How long to wait for the others to come, and for each answer of theirs afterwards.
  std::chrono::milliseconds timeout{0};
  /// A launcher (torchrun) keeps the meeting place itself, so that rank 0 does not open one.
  bool launcherKeepsStore = false;
  /// Tells this group from an earlier one at the same store.
  std::string attempt = "0";
};

}  // namespace healthtensor
