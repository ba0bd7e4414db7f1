#include "models/mobile.h"

#include <deque>
#include <optional>

#include "models/head.h"
#include "models/initialisers.h"
#include "models/parts.h"
#include "models/scaled_channels.h"

namespace healthtensor {
namespace {

// Table 1 of the paper, grouped into stages as timm does: `repeats` blocks of `outputs` channels, the first
// with `stride`.
struct Stage {
  int64_t repeats;
  int64_t stride;
  int64_t outputs;
};
constexpr Stage kStages[] = {{1, 1, 64}, {2, 2, 128}, {2, 2, 256}, {6, 2, 512}, {2, 2, 1024}};
constexpr int64_t kStemOutputs = 32;

Initialiser convolutionStart(const ConvolutionShape& shape) {
  return fanOutNormal(shape.kernel * shape.kernel * shape.outputs / shape.groups);
}

class Mobile final : public Model {
 public:
  explicit Mobile(const ModelSpec& spec) {
    const double width = spec.number("width");
    int64_t channels = scaledChannels(kStemOutputs, width);
    addUnit("conv_stem", "bn1",
            {.inputs = spec.channels, .outputs = channels, .kernel = 3, .stride = 2, .padding = 1});
    int64_t stageNumber = 0;
    for (const Stage& stage : kStages) {
      const std::string prefix = "blocks." + std::to_string(stageNumber++) + ".";
      const int64_t outputs = scaledChannels(stage.outputs, width);
      for (int64_t block = 0; block < stage.repeats; ++block) {
        addBlock(prefix + std::to_string(block) + ".", channels, outputs, block == 0 ? stage.stride : 1);
        channels = outputs;
      }
    }
    head_.emplace(state_, spec, channels, "classifier");
  }

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    return inParts(images, pass, [&](const at::Tensor& part) {
      at::Tensor x = part;
      for (const NormedConvolution& unit : units_) x = unit(x, pass);
      return globalAveragePool(x);
    });
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return (*head_)(features, pass);
  }

 private:
  // Depthwise separable convolution: each channel by itself, then 1x1 across channels.
  void addBlock(const std::string& prefix, int64_t inputs, int64_t outputs, int64_t stride) {
    addUnit(
        prefix + "conv_dw", prefix + "bn1",
        {.inputs = inputs, .outputs = inputs, .kernel = 3, .stride = stride, .padding = 1, .groups = inputs});
    addUnit(prefix + "conv_pw", prefix + "bn2", {.inputs = inputs, .outputs = outputs, .kernel = 1});
  }

  void addUnit(const std::string& convolution, const std::string& norm, const ConvolutionShape& shape) {
    units_.emplace_back(state_, convolution, norm, shape, Activation::kRelu6, convolutionStart(shape));
  }

  std::deque<NormedConvolution> units_;
  std::optional<Head> head_;
};

}  // namespace

std::unique_ptr<Model> buildMobile(const ModelSpec& spec) { return std::make_unique<Mobile>(spec); }

}  // namespace healthtensor
