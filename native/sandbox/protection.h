#pragma once

#include <string>

namespace healthtensor::sandbox {

/// What one measure came to. The names are known to src/engine/sandbox/.
struct Protection {
  std::string name;
  bool inForce = false;
  /// By what means; or why not.
  std::string detail;
};

}  // namespace healthtensor::sandbox
