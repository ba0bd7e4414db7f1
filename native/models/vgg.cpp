#include "models/vgg.h"

#include <array>
#include <deque>
#include <optional>
#include <variant>

#include "kernels/max_pool.h"
#include "models/head.h"
#include "models/initialisers.h"
#include "models/scaled_channels.h"

namespace healthtensor {
namespace {

constexpr std::array<int64_t, 5> kChannels = {64, 128, 256, 512, 512};

// Convolutions before each of the five poolings.
std::array<int, 5> convolutionsOf(int64_t layers) {
  switch (layers) {
    case 11:
      return {1, 1, 2, 2, 2};
    case 13:
      return {2, 2, 2, 2, 2};
    case 16:
      return {2, 2, 3, 3, 3};
    default:
      return {2, 2, 4, 4, 4};
  }
}

class Vgg final : public Model {
 public:
  explicit Vgg(const ModelSpec& spec) {
    const std::array<int, 5> convolutions = convolutionsOf(spec.whole("layers"));
    const bool norm = spec.whole("batch_norm") == 1;
    int64_t channels = spec.channels;
    for (size_t stage = 0; stage < kChannels.size(); ++stage) {
      const int64_t outputs = scaledChannels(kChannels[stage], spec.number("width"));
      for (int layer = 0; layer < convolutions[stage]; ++layer) {
        addLayer({.inputs = channels, .outputs = outputs, .kernel = 3, .padding = 1, .bias = norm}, norm);
        channels = outputs;
      }
      layers_.back().pooled = true;
      ++index_;
    }
    head_.emplace(state_, spec, channels, "head.fc");
  }

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    at::Tensor x = images;
    for (const Layer& layer : layers_) x = layer(x, pass);
    return globalAveragePool(x);
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return (*head_)(features, pass);
  }

 private:
  struct Layer {
    std::variant<BiasedConvolution, NormedConvolution> convolution;
    bool pooled = false;

    at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
      if (const auto* normed = std::get_if<NormedConvolution>(&convolution)) return pool((*normed)(x, pass));
      const auto& biased = std::get<BiasedConvolution>(convolution);
      // ReLU after the maximum is the same as before it, on a quarter of the values; in evaluation the
      // convolution does it on its way out.
      if (pooled && pass.isTraining()) return pool(biased(x, pass)).relu_();
      return pool(biased(x, pass, Activation::kRelu));
    }

    at::Tensor pool(const at::Tensor& x) const { return pooled ? maxPool(x, {.kernel = 2, .stride = 2}) : x; }
  };

  // Names count every module of the sequence in torch: convolution, batch norm, ReLU, pooling.
  void addLayer(const ConvolutionShape& shape, bool norm) {
    const Initialiser start = fanOutNormal(shape.kernel * shape.kernel * shape.outputs);
    const std::string name = "features." + std::to_string(index_);
    if (norm) {
      const std::string normName = "features." + std::to_string(index_ + 1);
      layers_.push_back({NormedConvolution(state_, name, normName, shape, Activation::kRelu, start)});
    } else {
      layers_.push_back({BiasedConvolution(state_, name, shape, start)});
    }
    index_ += norm ? 3 : 2;
  }

  std::deque<Layer> layers_;
  int index_ = 0;
  std::optional<Head> head_;
};

}  // namespace

std::unique_ptr<Model> buildVgg(const ModelSpec& spec) { return std::make_unique<Vgg>(spec); }

}  // namespace healthtensor
