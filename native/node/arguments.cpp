#include "node/arguments.h"

#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "failure.h"
#include "node/process_group_object.h"

namespace healthtensor::node {
namespace {

[[noreturn]] void badArgument(const char* expected, const char* name) {
  throw Failure("BAD_ARGUMENT", std::string("Expected ") + expected + " for " + name);
}

Napi::Object objectArgument(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) badArgument("an object", name);
  return value.As<Napi::Object>();
}

double numberArgument(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) badArgument("a number", name);
  return value.As<Napi::Number>().DoubleValue();
}

bool booleanArgument(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) badArgument("a boolean", name);
  return value.As<Napi::Boolean>().Value();
}

std::vector<uint32_t> rowsArgument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    badArgument("a Uint32Array", name);
  }
  const auto rows = value.As<Napi::Uint32Array>();
  return {rows.Data(), rows.Data() + rows.ElementLength()};
}

std::vector<double> numbersArgument(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) badArgument("an array of numbers", name);
  const auto array = value.As<Napi::Array>();
  std::vector<double> numbers;
  for (uint32_t i = 0; i < array.Length(); ++i) numbers.push_back(numberArgument(array.Get(i), name));
  return numbers;
}

// "32-64-128", strictly: digits and single hyphens.
std::vector<double> numberList(const std::string& name, const std::string& text) {
  std::vector<double> numbers;
  const char* next = text.data();
  const char* const end = next + text.size();
  while (true) {
    uint32_t number = 0;
    const auto [after, error] = std::from_chars(next, end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    if (after == end) return numbers;
    if (*after != '-') break;
    next = after + 1;
  }
  throw Failure("BAD_CONFIG", "expected numbers like 32-64-128 for the model option \"" + name + "\"");
}

std::map<std::string, OptionValue> optionsArgument(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "options");
  std::map<std::string, OptionValue> options;
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString().Utf8Value();
    const Napi::Value option = object.Get(name);
    if (option.IsNumber()) {
      options[name] = option.As<Napi::Number>().DoubleValue();
    } else if (option.IsString()) {
      options[name] = numberList(name, option.As<Napi::String>().Utf8Value());
    } else {
      throw Failure("BAD_CONFIG", "expected a number or a list for the model option \"" + name + "\"");
    }
  }
  return options;
}

// Empty when not given.
std::string optionalString(const Napi::Value& value, const char* name) {
  return value.IsUndefined() ? "" : stringArgument(value, name);
}

// One of some words, as the value that belongs to it.
template <typename Value>
Value wordArgument(const Napi::Value& value, const char* name,
                   std::initializer_list<std::pair<const char*, Value>> words) {
  const std::string given = stringArgument(value, name);
  std::string expected = "one of";
  for (const auto& [word, meaning] : words) {
    if (given == word) return meaning;
    expected += std::string(" ") + word;
  }
  badArgument(expected.c_str(), name);
}

Augmentation augmentationArgument(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "the recipe's augmentation");
  const auto number = [&](const char* name) { return numberArgument(object.Get(name), name); };
  return {.rotation = number("rotation"),
          .shift = number("shift"),
          .scale = number("scale"),
          .contrast = number("contrast"),
          .brightness = number("brightness"),
          .noise = number("noise"),
          .flip = number("flip")};
}

// checkRecipe looks at the values.
Recipe recipeArgument(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "recipe");
  const auto number = [&](const char* name) { return numberArgument(object.Get(name), name); };
  return {
      .precision =
          wordArgument<at::ScalarType>(object.Get("precision"), "precision",
                                       {{"fp32", at::kFloat}, {"bf16", at::kBFloat16}, {"fp16", at::kHalf}}),
      .optimizer =
          wordArgument<OptimizerKind>(object.Get("optimizer"), "optimizer",
                                      {{"adam", OptimizerKind::kAdam}, {"adamw", OptimizerKind::kAdamW}}),
      .learningRate = number("learningRate"),
      .backboneRate = number("backboneRate"),
      .weightDecay = number("weightDecay"),
      .warmupEpochs = number("warmupEpochs"),
      .schedule = wordArgument<ScheduleKind>(object.Get("schedule"), "schedule",
                                             {{"constant", ScheduleKind::kConstant},
                                              {"cosine", ScheduleKind::kCosine},
                                              {"plateau", ScheduleKind::kPlateau}}),
      .scheduleEpochs = number("scheduleEpochs"),
      .plateauPatience = integerArgument(object.Get("plateauPatience"), "plateauPatience", 1),
      .plateauFactor = number("plateauFactor"),
      .minimumRate = number("minimumRate"),
      .clipNorm = number("clipNorm"),
      .emaDecay = number("emaDecay"),
      .labelSmoothing = number("labelSmoothing"),
      .accumulate = integerArgument(object.Get("accumulate"), "accumulate", 1),
      .augmentation = augmentationArgument(object.Get("augmentation")),
  };
}

}  // namespace

at::ScalarType precisionArgument(const Napi::Value& value) {
  return wordArgument<at::ScalarType>(value, "precision",
                                      {{"fp32", at::kFloat}, {"bf16", at::kBFloat16}, {"fp16", at::kHalf}});
}

at::ScalarType evaluationPrecision(const Napi::Value& value) {
  if (value.IsUndefined()) return at::kFloat;
  return wordArgument<at::ScalarType>(value, "precision", {{"fp32", at::kFloat}, {"bf16", at::kBFloat16}});
}

CheckpointPlan checkpointPlan(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "checkpoints");
  const CheckpointPlan plan{.every = integerArgument(object.Get("every"), "every", 0),
                            .share = numberArgument(object.Get("share"), "share")};
  if (!(plan.share > 0 && plan.share <= 1)) badArgument("a number above 0 and up to 1", "share");
  return plan;
}

std::string stringArgument(const Napi::Value& value, const char* name) {
  if (!value.IsString()) badArgument("a string", name);
  std::string text = value.As<Napi::String>().Utf8Value();
  // It would end a path early for the operating system but not for the checks before.
  if (text.find('\0') != std::string::npos) badArgument("a string without NUL", name);
  return text;
}

int64_t integerArgument(const Napi::Value& value, const char* name, int64_t minimum) {
  constexpr double kLargestSafe = 9007199254740991;  // Number.MAX_SAFE_INTEGER
  const double number = numberArgument(value, name);
  if (number != std::trunc(number) || number < static_cast<double>(minimum) || number > kLargestSafe) {
    badArgument(minimum == 0 ? "an integer of 0 or more" : "a positive integer", name);
  }
  return static_cast<int64_t>(number);
}

DeviceChoice deviceArgument(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "device");
  return {.cuda = booleanArgument(object.Get("cuda"), "cuda"),
          .index = static_cast<int>(integerArgument(object.Get("index"), "index", 0)),
          .threads = static_cast<int>(integerArgument(object.Get("threads"), "threads", 1))};
}

ModelSpec modelSpec(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "spec");
  return {.architecture = stringArgument(object.Get("architecture"), "architecture"),
          .imageSize = integerArgument(object.Get("imageSize"), "imageSize", 0),
          .channels = integerArgument(object.Get("channels"), "channels", 0),
          .classes = integerArgument(object.Get("classes"), "classes", 0),
          .mean = numbersArgument(object.Get("mean"), "mean"),
          .std = numbersArgument(object.Get("std"), "std"),
          .options = optionsArgument(object.Get("options"))};
}

TrainRequest trainRequest(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "the trainer's options");
  return {
      .spec = modelSpec(object.Get("spec")),
      .cachePath = stringArgument(object.Get("cachePath"), "cachePath"),
      .trainRows = rowsArgument(object.Get("trainIndices"), "trainIndices"),
      .validationRows = rowsArgument(object.Get("validationIndices"), "validationIndices"),
      .batchSize = integerArgument(object.Get("batchSize"), "batchSize", 1),
      .recipe = recipeArgument(object.Get("recipe")),
      .seed = static_cast<uint64_t>(integerArgument(object.Get("seed"), "seed", 0)),
      .device = deviceArgument(object.Get("device")),
      .checkpointPath = stringArgument(object.Get("checkpointPath"), "checkpointPath"),
      .resume = booleanArgument(object.Get("resume"), "resume"),
      .pretrainedPath = optionalString(object.Get("pretrained"), "pretrained"),
      .featureFolder = optionalString(object.Get("featureCache"), "featureCache"),
      .group = ProcessGroupObject::of(object.Get("group")),
  };
}

EvaluateRequest evaluateRequest(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "the evaluation's options");
  return {.spec = modelSpec(object.Get("spec")),
          .weightsPath = stringArgument(object.Get("weightsPath"), "weightsPath"),
          .cachePath = stringArgument(object.Get("cachePath"), "cachePath"),
          .rows = rowsArgument(object.Get("indices"), "indices"),
          .batchSize = integerArgument(object.Get("batchSize"), "batchSize", 1),
          .device = deviceArgument(object.Get("device")),
          .precision = evaluationPrecision(object.Get("precision"))};
}

BatchViewRequest batchViewRequest(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "the batch's options");
  return {.spec = modelSpec(object.Get("spec")),
          .cachePath = stringArgument(object.Get("cachePath"), "cachePath"),
          .rows = rowsArgument(object.Get("indices"), "indices"),
          .device = deviceArgument(object.Get("device")),
          .type = precisionArgument(object.Get("precision")),
          .augmentation = augmentationArgument(object.Get("augmentation")),
          .seed = static_cast<uint64_t>(integerArgument(object.Get("seed"), "seed", 0)),
          .firstPosition = integerArgument(object.Get("firstPosition"), "firstPosition", 0),
          .rounds = integerArgument(object.Get("rounds"), "rounds", 1),
          .byTensors = booleanArgument(object.Get("byTensors"), "byTensors")};
}

FeatureViewRequest featureViewRequest(const Napi::Value& value) {
  const Napi::Object object = objectArgument(value, "the features' options");
  return {.features = {.folder = stringArgument(object.Get("folder"), "folder"),
                       .identity = stringArgument(object.Get("identity"), "identity"),
                       .rows = rowsArgument(object.Get("indices"), "indices"),
                       .type = precisionArgument(object.Get("precision")),
                       .batchSize = integerArgument(object.Get("batchSize"), "batchSize", 1)},
          .width = integerArgument(object.Get("width"), "width", 1),
          .failAfter = static_cast<int64_t>(numberArgument(object.Get("failAfter"), "failAfter")),
          .gather = rowsArgument(object.Get("gather"), "gather")};
}

}  // namespace healthtensor::node
