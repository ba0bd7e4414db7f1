#include "models/cnn.h"

#include <ATen/ops/max_pool2d.h>

#include "models/initialisers.h"

namespace healthtensor {
namespace {

constexpr int64_t kFilters = 32;
constexpr int64_t kKernel = 3;
constexpr int64_t kHidden = 128;
constexpr double kDropout = 0.5;

class Cnn final : public Model {
 public:
  explicit Cnn(const ModelSpec& spec)
      : pooledSize_((spec.imageSize - kKernel + 1) / 2),
        convolution_(state_, "conv1", {.inputs = spec.channels, .outputs = kFilters, .kernel = kKernel},
                     glorotUniform(spec.channels * kKernel * kKernel, kFilters * kKernel * kKernel)),
        hidden_(state_, "head.fc1", pooledSize_ * pooledSize_ * kFilters, kHidden),
        output_(state_, "head.fc2", kHidden, spec.classes) {}

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    // ReLU after the maximum is the same as before it, on a quarter of the values.
    at::Tensor x = at::max_pool2d(convolution_(images, pass), /*kernel_size=*/2, /*stride=*/2).relu_();
    // Keras flattens height, width, channel; in the channels-last layout that is the order in memory, so
    // nothing moves.
    return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return output_(dropout(hidden_(features, pass, Activation::kRelu), kDropout, pass), pass).to(at::kFloat);
  }

 private:
  int64_t pooledSize_;
  BiasedConvolution convolution_;
  Dense hidden_;
  Dense output_;
};

}  // namespace

std::unique_ptr<Model> buildCnn(const ModelSpec& spec) { return std::make_unique<Cnn>(spec); }

}  // namespace healthtensor
