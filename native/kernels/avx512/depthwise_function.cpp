#include "kernels/avx512/depthwise_function.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "kernels/avx512/channel_values.h"
#include "kernels/avx512/depthwise.h"
#include "kernels/avx512/element.h"
#include "kernels/avx512/shares.h"
#include "kernels/first_order.h"

namespace healthtensor::avx512 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

DepthwiseShape shapeOf(const at::Tensor& x, int64_t kernel, int64_t stride) {
  return {.batch = x.size(0),
          .height = x.size(2),
          .width = x.size(3),
          .channels = x.size(1),
          .kernel = kernel,
          .stride = stride};
}

/// Calls body(offset among packed weights, offset in a weight [C, 1, K, K]) for every value of the latter.
template <typename Element, typename Body>
void forEachWeight(const DepthwiseShape& shape, const Body& body) {
  const int64_t area = shape.kernel * shape.kernel;
  forEachLane<Element>(shape.channels, [&](int64_t position, int64_t channel) {
    const int64_t block = position / kBlock;
    for (int64_t tap = 0; tap < area; ++tap) {
      body((block * area + tap) * kBlock + position % kBlock, channel * area + tap);
    }
  });
}

template <typename Element>
std::vector<float> packed(const at::Tensor& weight, const DepthwiseShape& shape) {
  std::vector<float> result(static_cast<size_t>(shape.packedWeights()));
  const at::Tensor dense = weight.contiguous(at::MemoryFormat::Contiguous);
  const float* const values = dense.const_data_ptr<float>();
  forEachWeight<Element>(shape, [&](int64_t to, int64_t from) { result[to] = values[from]; });
  return result;
}

/// Rows of an image that are worked on block by block: as many as leave what they touch in the second-level
/// cache, of which every core has at least 1 MiB where AVX-512 exists.
template <typename Element>
int64_t rowsOfBand(const DepthwiseShape& shape, int64_t rows) {
  constexpr int64_t kCacheBytes = 384 << 10;
  const int64_t rowBytes = shape.width * shape.channels * static_cast<int64_t>(sizeof(Element));
  return std::clamp<int64_t>(kCacheBytes / (3 * rowBytes), 1, rows);
}

/// Calls body(share, RowRange) for the bands of all images of `height` rows.
template <typename Body>
void forEachBand(const DepthwiseShape& shape, int64_t height, int64_t bandRows, int64_t shares,
                 const Body& body) {
  const int64_t bands = (height + bandRows - 1) / bandRows;
  inShares(shape.batch * bands, shares, [&](int64_t share, int64_t first, int64_t last) {
    for (int64_t band = first; band < last; ++band) {
      const int64_t row = band % bands * bandRows;
      body(share, RowRange{band / bands, row, std::min(row + bandRows, height)});
    }
  });
}

int64_t sharesOfRows(const DepthwiseShape& shape, int64_t rows) {
  return sharesOf(rows, shape.width * shape.channels * shape.kernel);
}

at::Tensor emptyOutput(const at::Tensor& x, const DepthwiseShape& shape) {
  return at::empty({shape.batch, shape.channels, shape.outputHeight(), shape.outputWidth()},
                   x.options().memory_format(at::MemoryFormat::ChannelsLast));
}

template <typename Element>
void forward(const at::Tensor& x, const std::vector<float>& weights, const std::vector<float>& bias,
             Activation activation, const at::Tensor& y, const DepthwiseShape& shape) {
  const int64_t height = shape.outputHeight();
  forEachBand(shape, height, rowsOfBand<Element>(shape, height), sharesOfRows(shape, shape.batch * height),
              [&](int64_t, const RowRange& rows) {
                depthwiseForward(memoryOf<Element>(x), weights.data(), bias.data(), activation,
                                 memoryOf<Element>(y), shape, rows);
              });
}

/// One share's part of the gradient of the weights: float32 sums over a few thousand pixels, added up in
/// double precision.
class WeightGradient {
 public:
  explicit WeightGradient(const DepthwiseShape& shape)
      : recent_(static_cast<size_t>(shape.packedWeights())), total_(recent_.size()) {}

  float* recent() { return recent_.data(); }
  void countPixels(int64_t pixels) {
    constexpr int64_t kPixelsOfShortSums = 4096;
    pixels_ += pixels;
    if (pixels_ >= kPixelsOfShortSums) settle();
  }
  void settle() {
    for (size_t i = 0; i < recent_.size(); ++i) total_[i] += static_cast<double>(recent_[i]);
    std::fill(recent_.begin(), recent_.end(), 0.0f);
    pixels_ = 0;
  }
  double total(int64_t position) const { return total_[static_cast<size_t>(position)]; }

 private:
  std::vector<float> recent_;
  std::vector<double> total_;
  int64_t pixels_ = 0;
};

template <typename Element>
void backward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& outputGradient,
              const at::Tensor& inputGradient, const at::Tensor& weightGradient,
              const DepthwiseShape& shape) {
  const std::vector<float> weights = packed<Element>(weight, shape);
  const int64_t shares = sharesOfRows(shape, shape.batch * shape.height);
  std::vector<WeightGradient> parts(static_cast<size_t>(shares), WeightGradient(shape));
  forEachBand(shape, shape.height, rowsOfBand<Element>(shape, shape.height), shares,
              [&](int64_t share, const RowRange& rows) {
                WeightGradient& part = parts[static_cast<size_t>(share)];
                depthwiseBackward(memoryOf<Element>(x), weights.data(), memoryOf<Element>(outputGradient),
                                  memoryOf<Element>(inputGradient), part.recent(), shape, rows);
                part.countPixels((rows.last - rows.first) * shape.width);
              });
  for (WeightGradient& part : parts) part.settle();
  float* const result = weightGradient.mutable_data_ptr<float>();
  forEachWeight<Element>(shape, [&](int64_t from, int64_t to) {
    double sum = 0;
    for (const WeightGradient& part : parts) sum += part.total(from);
    result[to] = static_cast<float>(sum);
  });
}

class DepthwiseFunction : public torch::autograd::Function<DepthwiseFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& weight,
                            int64_t stride) {
    const at::Tensor x = asPixels(given, given.scalar_type());
    const DepthwiseShape shape = shapeOf(x, weight.size(2), stride);
    at::Tensor y = emptyOutput(x, shape);
    withElement(x.scalar_type(), [&](auto element) {
      using Element = decltype(element);
      avx512::forward<Element>(x, packed<Element>(weight, shape), channelValues(shape.channels),
                               Activation::kNone, y, shape);
    });
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("depthwiseConvolution");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& weight = saved[1];
    const DepthwiseShape shape = shapeOf(x, weight.size(2), context->saved_data["stride"].toInt());
    const at::Tensor outputGradient = asPixels(gradients[0], x.scalar_type());
    at::Tensor inputGradient = at::empty_like(x, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    at::Tensor weightGradient = at::empty(weight.sizes(), weight.options());
    withElement(x.scalar_type(), [&](auto element) {
      avx512::backward<decltype(element)>(x, weight, outputGradient, inputGradient, weightGradient, shape);
    });
    return {inputGradient, weightGradient, at::Tensor()};
  }
};

}  // namespace

bool depthwiseServes(const at::Tensor& weight, int64_t stride) {
  const int64_t kernel = weight.size(2);
  return weight.scalar_type() == at::kFloat && weight.size(1) == 1 && weight.size(3) == kernel &&
         (kernel == 3 || kernel == 5) && (stride == 1 || stride == 2);
}

PackedDepthwise::PackedDepthwise(const at::Tensor& weight, const at::Tensor& bias, int64_t stride,
                                 at::ScalarType type)
    : kernel_(weight.size(2)), stride_(stride), bias_(channelValues(weight.size(0))) {
  withElement(type, [&](auto element) {
    using Element = decltype(element);
    weights_ = packed<Element>(weight, {.channels = weight.size(0), .kernel = kernel_});
    const float* const values = bias.const_data_ptr<float>();
    forEachLane<Element>(weight.size(0),
                         [&](int64_t lane, int64_t channel) { bias_[lane] = values[channel]; });
  });
}

at::Tensor PackedDepthwise::operator()(const at::Tensor& given, Activation activation) const {
  const at::Tensor x = asPixels(given, given.scalar_type());
  const DepthwiseShape shape = shapeOf(x, kernel_, stride_);
  at::Tensor y = emptyOutput(x, shape);
  withElement(x.scalar_type(), [&](auto element) {
    avx512::forward<decltype(element)>(x, weights_, bias_, activation, y, shape);
  });
  return y;
}

at::Tensor depthwiseFunction(const at::Tensor& x, const at::Tensor& weight, int64_t stride) {
  return DepthwiseFunction::apply(x, weight, stride);
}

}  // namespace healthtensor::avx512
