#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace healthtensor {

/// Findings of NIH ChestX-ray14: outputs of every model, label bits of every image.
inline constexpr int64_t kClasses = 14;

/// Everything needed to build an empty model; the same facts as src/common/model-spec.ts.
struct ModelSpec {
  std::string architecture;
  int64_t imageSize = 0;
  int64_t channels = 0;
  int64_t classes = 0;
  std::vector<double> mean;
  std::vector<double> std;
  std::map<std::string, double> options;
};

}  // namespace healthtensor
