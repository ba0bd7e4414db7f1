#include "models/registry.h"

#include <algorithm>
#include <cmath>

#include "models/bad_config.h"
#include "models/cnn.h"
#include "models/efficient.h"
#include "models/mobile.h"
#include "models/model.h"
#include "models/res.h"
#include "models/vgg.h"

namespace healthtensor {
namespace {

constexpr int64_t kSizeStep = 32;
constexpr int64_t kLargestSize = 512;
/// Over four thirds of the largest sensible one, the original's network on the largest images; a stranger's
/// spec must not ask for more memory than a validator has.
constexpr int64_t kMostParameters = 300'000'000;

OptionFacts widthOption(double maximum) {
  return {.name = "width", .standard = {1}, .minimum = 0.25, .maximum = maximum};
}

OptionFacts hiddenOption() {
  return {.name = "hidden", .standard = {1024}, .minimum = 0, .maximum = 4096, .whole = true};
}

OptionFacts layersOption(double standard, std::vector<double> choices) {
  return {.name = "layers",
          .standard = {standard},
          .minimum = choices.front(),
          .maximum = choices.back(),
          .whole = true,
          .choices = choices};
}

// src/engine/architectures.ts is the same table.
const std::vector<Architecture>& table() {
  static const std::vector<Architecture> rows = {
      {"cnn",
       {{.name = "filters", .standard = {32}, .minimum = 1, .maximum = 512, .whole = true, .list = true},
        {.name = "hidden", .standard = {128}, .minimum = 1, .maximum = 4096, .whole = true},
        {.name = "dropout", .standard = {0.5}, .minimum = 0, .maximum = 0.9}},
       buildCnn},
      {"vgg",
       {layersOption(16, {11, 13, 16, 19}),
        {.name = "batch_norm", .standard = {0}, .minimum = 0, .maximum = 1, .whole = true},
        widthOption(1),
        hiddenOption()},
       buildVgg},
      {"res", {layersOption(50, {18, 34, 50, 101}), widthOption(1), hiddenOption()}, buildRes},
      {"efficient",
       {widthOption(1.2),
        {.name = "depth", .standard = {1}, .minimum = 0.25, .maximum = 1.4},
        hiddenOption()},
       buildEfficient},
      {"mobile", {widthOption(1), hiddenOption()}, buildMobile},
  };
  return rows;
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

}  // namespace

std::span<const Architecture> architectures() { return table(); }

std::unique_ptr<Model> buildModel(const ModelSpec& spec) {
  const auto architecture = std::ranges::find_if(
      table(), [&](const Architecture& candidate) { return spec.architecture == candidate.name; });
  if (architecture == table().end()) {
    throw Failure("UNKNOWN_ARCHITECTURE", "there is no architecture \"" + spec.architecture + "\" here");
  }
  checkInput(spec);
  ModelSpec complete = spec;
  complete.options = completeOptions(architecture->name, architecture->options, spec.options);
  std::unique_ptr<Model> model = architecture->build(complete);
  const int64_t parameters = model->state().parameterCount();
  if (parameters > kMostParameters) {
    badConfig("expected at most ", kMostParameters, " parameters but this ", architecture->name, " has ",
              parameters);
  }
  return model;
}

}  // namespace healthtensor
