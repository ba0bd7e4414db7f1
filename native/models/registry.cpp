#include "models/registry.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "failure.h"
#include "models/cnn.h"
#include "models/mobile.h"
#include "models/model.h"

namespace healthtensor {
namespace {

constexpr OptionRange kMobileOptions[] = {{.name = "width", .standard = 1, .minimum = 0.25, .maximum = 1}};

constexpr Architecture kArchitectures[] = {
    {.name = "cnn", .options = {}, .build = buildCnn},
    {.name = "mobile", .options = kMobileOptions, .build = buildMobile},
};

constexpr int64_t kSizeStep = 32;
constexpr int64_t kLargestSize = 512;

template <typename... Parts>
[[noreturn]] void badConfig(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw Failure("BAD_CONFIG", message.str());
}

void checkNormalisation(const char* name, const std::vector<double>& values, int64_t channels) {
  if (static_cast<int64_t>(values.size()) != channels) {
    badConfig("expected one ", name, " for each of ", channels, " channels but received ", values.size());
  }
  for (const double value : values) {
    if (!std::isfinite(value) || std::abs(value) > 1e3) badConfig(name, " ", value, " is out of range");
  }
}

void checkInput(const ModelSpec& spec) {
  if (spec.imageSize < kSizeStep || spec.imageSize > kLargestSize || spec.imageSize % kSizeStep != 0) {
    badConfig("expected an image size that is a multiple of 32 in 32..512 but received ", spec.imageSize);
  }
  if (spec.channels != 1 && spec.channels != 3) {
    badConfig("expected 1 or 3 channels but received ", spec.channels);
  }
  if (spec.classes != kClasses) badConfig("expected ", kClasses, " classes but received ", spec.classes);
  checkNormalisation("mean", spec.mean, spec.channels);
  checkNormalisation("std", spec.std, spec.channels);
  for (const double value : spec.std) {
    if (value < 1e-3) badConfig("std ", value, " is not a positive number of useful size");
  }
}

// The options with their standard values filled in.
std::map<std::string, double> completeOptions(const Architecture& architecture, const ModelSpec& spec) {
  std::map<std::string, double> complete;
  for (const OptionRange& range : architecture.options) {
    const auto given = spec.options.find(range.name);
    const double value = given == spec.options.end() ? range.standard : given->second;
    if (!(value >= range.minimum && value <= range.maximum)) {
      badConfig("expected ", range.name, " in ", range.minimum, "..", range.maximum, " for ",
                architecture.name, " but received ", value);
    }
    complete[range.name] = value;
  }
  for (const auto& [name, value] : spec.options) {
    if (!complete.contains(name)) badConfig(architecture.name, " has no option \"", name, "\"");
  }
  return complete;
}

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

std::unique_ptr<Model> buildModel(const ModelSpec& spec) {
  const auto architecture = std::ranges::find_if(
      kArchitectures, [&](const Architecture& candidate) { return spec.architecture == candidate.name; });
  if (architecture == std::end(kArchitectures)) {
    throw Failure("UNKNOWN_ARCHITECTURE", "there is no architecture \"" + spec.architecture + "\" here");
  }
  checkInput(spec);
  ModelSpec complete = spec;
  complete.options = completeOptions(*architecture, spec);
  return architecture->build(complete);
}

}  // namespace healthtensor
