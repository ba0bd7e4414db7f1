#include "training/identity.h"

#include <array>
#include <iomanip>
#include <sstream>

#include "checksum.h"

namespace healthtensor {
namespace {

template <typename Numbers>
std::string numbersText(const Numbers& numbers) {
  std::ostringstream text;
  text << std::setprecision(17);
  for (const double number : numbers) text << (text.tellp() > 0 ? " " : "") << number;
  return text.str();
}

std::string optionsText(const std::map<std::string, OptionValue>& options) {
  std::string text;
  for (const auto& [name, value] : options) {
    const auto* list = std::get_if<std::vector<double>>(&value);
    text += (text.empty() ? "" : " ") + name + ":" +
            numbersText(list != nullptr ? *list : std::vector<double>{std::get<double>(value)});
  }
  return text.empty() ? "none" : text;
}

std::string hex(std::span<const uint8_t> bytes) {
  std::ostringstream text;
  for (const unsigned byte : bytes) text << std::hex << std::setw(2) << std::setfill('0') << byte;
  return text.str();
}

}  // namespace

TrainingIdentity trainingIdentity(const TrainRequest& request, const PixelCache& cache) {
  const Recipe& recipe = request.recipe;
  const Augmentation& images = recipe.augmentation;
  const std::vector<uint32_t>& rows = request.trainRows;
  const uint64_t rowsHash = xxHash64(rows.data(), rows.size() * sizeof rows[0], 0);
  return {
      {"architecture", request.spec.architecture},
      {"options", optionsText(request.spec.options)},
      {"image size", std::to_string(request.spec.imageSize)},
      {"channels", std::to_string(request.spec.channels)},
      {"mean", numbersText(request.spec.mean)},
      {"std", numbersText(request.spec.std)},
      {"data set", hex(cache.fingerprint())},
      {"training images", std::to_string(rows.size()) + " (" + std::to_string(rowsHash) + ")"},
      {"batch size", std::to_string(request.batchSize)},
      {"seed", std::to_string(request.seed)},
      {"start", request.pretrainedPath.empty() ? "random" : "pretrained"},
      {"optimizer", recipe.optimizer == OptimizerKind::kAdam ? "adam" : "adamw"},
      {"backbone", recipe.backboneRate == 0 ? "frozen" : "trained"},
      {"average of weights", recipe.emaDecay == 0 ? "off" : "on"},
      {"accumulation", std::to_string(recipe.accumulate)},
      {"label smoothing", numbersText(std::array{recipe.labelSmoothing})},
      {"augmentation", numbersText(std::array{images.rotation, images.shift, images.scale, images.contrast,
                                              images.brightness, images.noise, images.flip})},
  };
}

}  // namespace healthtensor
