#include "models/res.h"

#include <array>
#include <deque>
#include <optional>

#include "kernels/max_pool.h"
#include "models/head.h"
#include "models/initialisers.h"
#include "models/scaled_channels.h"

namespace healthtensor {
namespace {

// Table 1 of the paper: blocks in each of the four stages, and of which kind.
struct Depth {
  bool bottleneck;
  std::array<int, 4> blocks;
};

Depth depthOf(int64_t layers) {
  switch (layers) {
    case 18:
      return {.bottleneck = false, .blocks = {2, 2, 2, 2}};
    case 34:
      return {.bottleneck = false, .blocks = {3, 4, 6, 3}};
    case 50:
      return {.bottleneck = true, .blocks = {3, 4, 6, 3}};
    default:
      return {.bottleneck = true, .blocks = {3, 4, 23, 3}};
  }
}

constexpr int64_t kStemOutputs = 64;
constexpr std::array<int64_t, 4> kChannels = {64, 128, 256, 512};
constexpr int64_t kExpansion = 4;

Initialiser start(const ConvolutionShape& shape) {
  return fanOutNormal(shape.kernel * shape.kernel * shape.outputs);
}

ConvolutionShape pointwise(int64_t inputs, int64_t outputs, int64_t stride = 1) {
  return {.inputs = inputs, .outputs = outputs, .kernel = 1, .stride = stride};
}

ConvolutionShape spatial(int64_t inputs, int64_t outputs, int64_t stride = 1) {
  return {.inputs = inputs, .outputs = outputs, .kernel = 3, .stride = stride, .padding = 1};
}

// Two 3x3 convolutions, or 1x1 - 3x3 - 1x1, around which the input is carried and added.
class Block {
 public:
  Block(StateTable& state, const std::string& prefix, int64_t inputs, int64_t channels, int64_t stride,
        bool bottleneck) {
    const int64_t outputs = bottleneck ? channels * kExpansion : channels;
    if (bottleneck) {
      add(state, prefix, pointwise(inputs, channels));
      add(state, prefix, spatial(channels, channels, stride));
    } else {
      add(state, prefix, spatial(inputs, channels, stride));
    }
    const ConvolutionShape last = bottleneck ? pointwise(channels, outputs) : spatial(channels, outputs);
    // The block begins as the identity (Goyal et al. 2017, arXiv 1706.02677), as in timm.
    add(state, prefix, last, /*scale=*/0);
    if (stride != 1 || inputs != outputs) {
      const ConvolutionShape shape = pointwise(inputs, outputs, stride);
      shortcut_.emplace(state, prefix + "downsample.0", prefix + "downsample.1", shape, Activation::kNone,
                        start(shape));
    }
  }

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    at::Tensor y = x;
    for (size_t i = 0; i + 1 < units_.size(); ++i) y = units_[i](y, pass);
    // The block's input is not needed after this: the sum may be written over it.
    return units_.back().addTo(shortcut_ ? (*shortcut_)(x, pass) : x, y, pass);
  }

 private:
  void add(StateTable& state, const std::string& prefix, const ConvolutionShape& shape, double scale = 1) {
    const std::string number = std::to_string(units_.size() + 1);
    units_.emplace_back(state, prefix + "conv" + number, prefix + "bn" + number, shape, Activation::kRelu,
                        start(shape), scale);
  }

  std::deque<NormedConvolution> units_;
  std::optional<NormedConvolution> shortcut_;
};

class Res final : public Model {
 public:
  explicit Res(const ModelSpec& spec) {
    const ConvolutionShape stem = {
        .inputs = spec.channels, .outputs = kStemOutputs, .kernel = 7, .stride = 2, .padding = 3};
    stem_.emplace(state_, "conv1", "bn1", stem, Activation::kRelu, start(stem));
    const Depth depth = depthOf(spec.whole("layers"));
    int64_t inputs = kStemOutputs;
    for (size_t stage = 0; stage < kChannels.size(); ++stage) {
      const int64_t channels = scaledChannels(kChannels[stage], spec.number("width"));
      for (int block = 0; block < depth.blocks[stage]; ++block) {
        const std::string prefix = "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        const int64_t stride = stage > 0 && block == 0 ? 2 : 1;
        blocks_.emplace_back(state_, prefix, inputs, channels, stride, depth.bottleneck);
        inputs = depth.bottleneck ? channels * kExpansion : channels;
      }
    }
    head_.emplace(state_, spec, inputs, "fc");
  }

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    at::Tensor x = maxPool((*stem_)(images, pass), {.kernel = 3, .stride = 2, .padding = 1});
    for (const Block& block : blocks_) x = block(x, pass);
    return globalAveragePool(x);
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return (*head_)(features, pass);
  }

 private:
  std::optional<NormedConvolution> stem_;
  std::deque<Block> blocks_;
  std::optional<Head> head_;
};

}  // namespace

std::unique_ptr<Model> buildRes(const ModelSpec& spec) { return std::make_unique<Res>(spec); }

}  // namespace healthtensor
