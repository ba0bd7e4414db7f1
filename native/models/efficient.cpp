#include "models/efficient.h"

#include <cmath>
#include <deque>
#include <optional>

#include "kernels/squeeze_excite.h"
#include "models/head.h"
#include "models/initialisers.h"
#include "models/parts.h"
#include "models/scaled_channels.h"

namespace healthtensor {
namespace {

// Table 1 of the paper: `repeats` blocks, the first with `stride`, that widen their input `expansion` times.
struct Stage {
  int64_t expansion;
  int64_t outputs;
  int64_t repeats;
  int64_t stride;
  int64_t kernel;
};
constexpr Stage kStages[] = {{1, 16, 1, 1, 3},  {6, 24, 2, 2, 3},  {6, 40, 2, 2, 5}, {6, 80, 3, 2, 3},
                             {6, 112, 3, 1, 5}, {6, 192, 4, 2, 5}, {6, 320, 1, 1, 3}};
constexpr int64_t kStemOutputs = 32;
constexpr int64_t kFeatures = 1280;
constexpr int64_t kSqueeze = 4;

Initialiser start(const ConvolutionShape& shape) {
  return fanOutNormal(shape.kernel * shape.kernel * shape.outputs / shape.groups);
}

ConvolutionShape pointwise(int64_t inputs, int64_t outputs) {
  return {.inputs = inputs, .outputs = outputs, .kernel = 1};
}

// The 1x1 convolutions on pooled values of squeeze-and-excitation: `<name>.weight`, `<name>.bias`.
class PooledConvolution {
 public:
  PooledConvolution(StateTable& state, const std::string& name, int64_t inputs, int64_t outputs)
      : weight_(state.declare(name + ".weight", {outputs, inputs, 1, 1}, Role::kParameter,
                              start(pointwise(inputs, outputs)))),
        bias_(state.declare(name + ".bias", {outputs}, Role::kParameter, constant(0))) {}
  const at::Tensor& weight() const { return weight_.tensor; }
  const at::Tensor& bias() const { return bias_.tensor; }

 private:
  StateTensor& weight_;
  StateTensor& bias_;
};

// Expansion (unless it is 1) - depthwise convolution - squeeze-and-excitation - projection, added to the
// input where the sizes allow.
class Block {
 public:
  Block(StateTable& state, const std::string& prefix, int64_t inputs, int64_t outputs, int64_t stride,
        const Stage& stage)
      : carriesInput_(stride == 1 && inputs == outputs) {
    // timm counts batch norms by their place and calls the projection after its role.
    const bool expands = stage.expansion != 1;
    const int64_t channels = inputs * stage.expansion;
    const auto unit = [&](std::optional<NormedConvolution>& place, const char* convolution, const char* norm,
                          const ConvolutionShape& shape, Activation activation) {
      place.emplace(state, prefix + convolution, prefix + norm, shape, activation, start(shape));
    };
    if (expands) unit(expansion_, "conv_pw", "bn1", pointwise(inputs, channels), Activation::kSilu);
    unit(depthwise_, "conv_dw", expands ? "bn2" : "bn1",
         {.inputs = channels,
          .outputs = channels,
          .kernel = stage.kernel,
          .stride = stride,
          .padding = stage.kernel / 2,
          .groups = channels},
         Activation::kSilu);
    reduce_.emplace(state, prefix + "se.conv_reduce", channels, inputs / kSqueeze);
    expand_.emplace(state, prefix + "se.conv_expand", inputs / kSqueeze, channels);
    unit(projection_, expands ? "conv_pwl" : "conv_pw", expands ? "bn3" : "bn2", pointwise(channels, outputs),
         Activation::kNone);
  }

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    at::Tensor y = expansion_ ? (*expansion_)(x, pass) : x;
    y = (*depthwise_)(y, pass);
    y = squeezeExcite(y, {.reduceWeight = reduce_->weight(),
                          .reduceBias = reduce_->bias(),
                          .expandWeight = expand_->weight(),
                          .expandBias = expand_->bias()});
    // The block's input is not needed after this: the sum may be written over it.
    return carriesInput_ ? projection_->addTo(x, y, pass) : (*projection_)(y, pass);
  }

 private:
  bool carriesInput_;
  std::optional<NormedConvolution> expansion_;
  std::optional<NormedConvolution> depthwise_;
  std::optional<PooledConvolution> reduce_;
  std::optional<PooledConvolution> expand_;
  std::optional<NormedConvolution> projection_;
};

class Efficient final : public Model {
 public:
  explicit Efficient(const ModelSpec& spec) {
    const double width = spec.number("width");
    int64_t channels = scaledChannels(kStemOutputs, width);
    const ConvolutionShape stem = {
        .inputs = spec.channels, .outputs = channels, .kernel = 3, .stride = 2, .padding = 1};
    stem_.emplace(state_, "conv_stem", "bn1", stem, Activation::kSilu, start(stem));
    int64_t stageNumber = 0;
    for (const Stage& stage : kStages) {
      const std::string prefix = "blocks." + std::to_string(stageNumber++) + ".";
      const int64_t outputs = scaledChannels(stage.outputs, width);
      const auto repeats =
          static_cast<int64_t>(std::ceil(static_cast<double>(stage.repeats) * spec.number("depth")));
      for (int64_t block = 0; block < repeats; ++block) {
        blocks_.emplace_back(state_, prefix + std::to_string(block) + ".", channels, outputs,
                             block == 0 ? stage.stride : 1, stage);
        channels = outputs;
      }
    }
    const ConvolutionShape last = pointwise(channels, scaledChannels(kFeatures, width));
    last_.emplace(state_, "conv_head", "bn2", last, Activation::kSilu, start(last));
    head_.emplace(state_, spec, last.outputs, "classifier");
  }

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    return inParts(images, pass, [&](const at::Tensor& part) {
      at::Tensor x = (*stem_)(part, pass);
      for (const Block& block : blocks_) x = block(x, pass);
      return globalAveragePool((*last_)(x, pass));
    });
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return (*head_)(features, pass);
  }

 private:
  std::optional<NormedConvolution> stem_;
  std::deque<Block> blocks_;
  std::optional<NormedConvolution> last_;
  std::optional<Head> head_;
};

}  // namespace

std::unique_ptr<Model> buildEfficient(const ModelSpec& spec) { return std::make_unique<Efficient>(spec); }

}  // namespace healthtensor
