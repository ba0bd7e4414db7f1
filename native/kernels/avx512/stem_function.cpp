#include "kernels/avx512/stem_function.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "kernels/avx512/channel_values.h"
#include "kernels/avx512/element.h"
#include "kernels/avx512/shares.h"
#include "kernels/avx512/stem.h"
#include "kernels/first_order.h"

namespace healthtensor::avx512 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

StemShape shapeOf(const at::Tensor& x, int64_t outputs) {
  return {
      .batch = x.size(0), .height = x.size(2), .width = x.size(3), .inputs = x.size(1), .outputs = outputs};
}

/// Calls body(offset among the kernels' parameters, weight or bias of the model) for each of the latter.
template <typename Element, typename Body>
void forEachParameter(const StemShape& shape, at::TensorAccessor<float, 4> weight,
                      at::TensorAccessor<float, 1> bias, const Body& body) {
  constexpr int64_t kernel = StemShape::kKernel;
  forEachLane<Element>(shape.outputs, [&](int64_t position, int64_t output) {
    const int64_t block = position / kBlock * (shape.taps() + 1);
    const auto place = [&](int64_t tap) { return (block + tap) * kBlock + position % kBlock; };
    for (int64_t row = 0; row < kernel; ++row) {
      for (int64_t column = 0; column < kernel; ++column) {
        for (int64_t input = 0; input < shape.inputs; ++input) {
          body(place((row * kernel + column) * shape.inputs + input), weight[output][input][row][column]);
        }
      }
    }
    body(place(shape.taps()), bias[output]);
  });
}

/// Calls body(share, PooledRows, scratch) for the output rows of all images.
template <typename Body>
void forEachShare(const StemShape& shape, int64_t shares, const Body& body) {
  const int64_t height = shape.pooledHeight();
  inShares(shape.batch * height, shares, [&](int64_t share, int64_t first, int64_t last) {
    std::vector<float> scratch(static_cast<size_t>(shape.scratch()));
    while (first < last) {
      const int64_t image = first / height;
      const int64_t end = std::min(last, (image + 1) * height);
      body(share, PooledRows{image, first - image * height, end - image * height}, scratch.data());
      first = end;
    }
  });
}

int64_t sharesOfRows(const StemShape& shape) {
  return sharesOf(shape.batch * shape.pooledHeight(), shape.pooledWidth() * shape.outputs * shape.taps());
}

template <typename Element>
void forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& y,
             uint8_t* choices, const StemShape& shape) {
  std::vector<float> parameters(static_cast<size_t>(shape.parameters()));
  forEachParameter<Element>(shape, weight.accessor<float, 4>(), bias.accessor<float, 1>(),
                            [&](int64_t place, float value) { parameters[place] = value; });
  forEachShare(shape, sharesOfRows(shape), [&](int64_t, const PooledRows& rows, float* scratch) {
    stemForward(memoryOf<Element>(x), parameters.data(), memoryOf<Element>(y), choices, shape, rows, scratch);
  });
}

template <typename Element>
void backward(const at::Tensor& x, const at::Tensor& outputGradient, const at::Tensor& choices,
              const at::Tensor& weightGradient, const at::Tensor& biasGradient, const StemShape& shape) {
  const int64_t shares = sharesOfRows(shape);
  std::vector<std::vector<double>> parts(static_cast<size_t>(shares),
                                         std::vector<double>(static_cast<size_t>(shape.parameters())));
  forEachShare(shape, shares, [&](int64_t share, const PooledRows& rows, float* scratch) {
    stemGradient(memoryOf<Element>(x), memoryOf<Element>(outputGradient), choices.const_data_ptr<uint8_t>(),
                 parts[static_cast<size_t>(share)].data(), shape, rows, scratch);
  });
  forEachParameter<Element>(shape, weightGradient.accessor<float, 4>(), biasGradient.accessor<float, 1>(),
                            [&](int64_t place, float& gradient) {
                              double sum = 0;
                              for (const auto& part : parts) sum += part[static_cast<size_t>(place)];
                              gradient = static_cast<float>(sum);
                            });
}

/// x dense. Writes the choices unless they are null.
at::Tensor pooled(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, uint8_t* choices) {
  const StemShape shape = shapeOf(x, weight.size(0));
  at::Tensor y = at::empty({shape.batch, shape.outputs, shape.pooledHeight(), shape.pooledWidth()},
                           x.options().memory_format(at::MemoryFormat::ChannelsLast));
  withElement(x.scalar_type(),
              [&](auto element) { avx512::forward<decltype(element)>(x, weight, bias, y, choices, shape); });
  return y;
}

class StemFunction : public torch::autograd::Function<StemFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias) {
    at::Tensor choices = at::empty({shapeOf(x, weight.size(0)).choices()}, x.options().dtype(at::kByte));
    context->save_for_backward({x, choices, weight, bias});
    return pooled(x, weight, bias, choices.mutable_data_ptr<uint8_t>());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("convReluPool");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const StemShape shape = shapeOf(x, saved[2].size(0));
    const at::Tensor outputGradient = asPixels(gradients[0], x.scalar_type());
    at::Tensor weightGradient = at::empty_like(saved[2]);
    at::Tensor biasGradient = at::empty_like(saved[3]);
    withElement(x.scalar_type(), [&](auto element) {
      avx512::backward<decltype(element)>(x, outputGradient, saved[1], weightGradient, biasGradient, shape);
    });
    return {at::Tensor(), weightGradient, biasGradient};
  }
};

}  // namespace

bool stemServes(const at::Tensor& x, const at::Tensor& weight) {
  const int64_t inputs = weight.size(1);
  return weight.scalar_type() == at::kFloat && (inputs == 1 || inputs == 3) &&
         weight.size(2) == StemShape::kKernel && weight.size(3) == StemShape::kKernel && x.size(2) >= 4 &&
         x.size(3) >= 4 && !x.requires_grad();
}

at::Tensor stemFunction(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor pixels = asPixels(x, x.scalar_type());
  const bool differentiated = c10::GradMode::is_enabled() && (weight.requires_grad() || bias.requires_grad());
  return differentiated ? StemFunction::apply(pixels, weight, bias)
                        : pooled(pixels, weight, bias, /*choices=*/nullptr);
}

}  // namespace healthtensor::avx512
