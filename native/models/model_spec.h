#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace healthtensor {

/// Findings of NIH ChestX-ray14: outputs of every model, label bits of every image.
inline constexpr int64_t kClasses = 14;

/// What an architecture is built with: a number, or a list of numbers ("32-64-128" in config.json).
using OptionValue = std::variant<double, std::vector<double>>;

/// Everything needed to build an empty model; the same facts as src/common/model-spec.ts.
struct ModelSpec {
  std::string architecture;
  int64_t imageSize = 0;
  int64_t channels = 0;
  int64_t classes = 0;
  std::vector<double> mean;
  std::vector<double> std;
  std::map<std::string, OptionValue> options;

  /// Options as a model reads them: `buildModel` has filled them in and checked their kind.
  double number(const char* name) const { return std::get<double>(options.at(name)); }
  int64_t whole(const char* name) const { return static_cast<int64_t>(number(name)); }
  const std::vector<double>& list(const char* name) const {
    return std::get<std::vector<double>>(options.at(name));
  }
};

}  // namespace healthtensor
