#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace healthtensor::sandbox {

/// What the launcher is told on its command line.
struct Orders {
  /// Files and folders that may be read.
  std::vector<std::string> readable;
  /// Files that may be read and started: the program and the system's loader.
  std::vector<std::string> startable;
  /// Device files that may be read, written and controlled.
  std::vector<std::string> devices;
  /// Bytes of memory that the process may allocate; 0: any.
  uint64_t memoryBytes = 0;
  /// The process that this one must not outlive.
  pid_t parent = 0;
  /// Only says what would be in force.
  bool probe = false;
  /// The program and its arguments.
  std::vector<char*> command;
};

/// Reads `[--read PATH] [--start PATH] [--device PATH] [--memory BYTES] [--parent PID] [--probe] [-- PROGRAM
/// ARGUMENT...]`. Throws std::invalid_argument.
Orders ordersOf(int count, char** arguments);

}  // namespace healthtensor::sandbox
