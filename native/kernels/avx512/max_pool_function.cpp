#include "kernels/avx512/max_pool_function.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels/avx512/element.h"
#include "kernels/avx512/max_pool.h"
#include "kernels/avx512/shares.h"
#include "kernels/first_order.h"

namespace healthtensor::avx512 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

MaxPoolShape shapeOf(at::IntArrayRef sizes, const PoolGeometry& geometry) {
  return {.batch = sizes[0],
          .height = sizes[2],
          .width = sizes[3],
          .channels = sizes[1],
          .kernel = geometry.kernel,
          .stride = geometry.stride,
          .padding = geometry.padding};
}

at::Tensor emptyPixels(at::IntArrayRef sizes, const at::TensorOptions& options) {
  return at::empty(sizes, options.memory_format(at::MemoryFormat::ChannelsLast));
}

/// Calls body(first, last) for each thread's share of `rows` rows.
template <typename Body>
void forEachShare(const MaxPoolShape& shape, int64_t rows, const Body& body) {
  const int64_t work = shape.width * shape.channels;
  inShares(rows, sharesOf(rows, work), [&](int64_t, int64_t first, int64_t last) { body(first, last); });
}

/// x dense. Writes the choices unless they are null.
at::Tensor pooled(const at::Tensor& x, const MaxPoolShape& shape, uint8_t* choices) {
  at::Tensor y =
      emptyPixels({shape.batch, shape.channels, shape.outputHeight(), shape.outputWidth()}, x.options());
  withElement(x.scalar_type(), [&](auto element) {
    using Element = decltype(element);
    forEachShare(shape, shape.batch * shape.outputHeight(), [&](int64_t first, int64_t last) {
      maxPoolForward(memoryOf<Element>(x), memoryOf<Element>(y), choices, shape, first, last);
    });
  });
  return y;
}

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const PoolGeometry& geometry) {
    const MaxPoolShape shape = shapeOf(x.sizes(), geometry);
    at::Tensor choices = at::empty({shape.choices()}, x.options().dtype(at::kByte));
    context->save_for_backward({choices});
    context->saved_data["sizes"] = x.sizes().vec();
    context->saved_data["kernel"] = geometry.kernel;
    context->saved_data["stride"] = geometry.stride;
    context->saved_data["padding"] = geometry.padding;
    return pooled(x, shape, choices.mutable_data_ptr<uint8_t>());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("maxPool");
    const std::vector<int64_t> sizes = context->saved_data["sizes"].toIntVector();
    const MaxPoolShape shape = shapeOf(sizes, {.kernel = context->saved_data["kernel"].toInt(),
                                               .stride = context->saved_data["stride"].toInt(),
                                               .padding = context->saved_data["padding"].toInt()});
    const at::Tensor choices = context->get_saved_variables()[0];
    const at::Tensor outputGradient = asPixels(gradients[0], gradients[0].scalar_type());
    at::Tensor inputGradient = emptyPixels(sizes, outputGradient.options());
    withElement(outputGradient.scalar_type(), [&](auto element) {
      using Element = decltype(element);
      forEachShare(shape, shape.batch * shape.height, [&](int64_t first, int64_t last) {
        maxPoolGradient(memoryOf<Element>(outputGradient), choices.const_data_ptr<uint8_t>(),
                        memoryOf<Element>(inputGradient), shape, first, last);
      });
    });
    return {inputGradient, at::Tensor()};
  }
};

}  // namespace

at::Tensor maxPoolFunction(const at::Tensor& x, const PoolGeometry& geometry) {
  const at::Tensor pixels = asPixels(x, x.scalar_type());
  const bool differentiated = c10::GradMode::is_enabled() && x.requires_grad();
  return differentiated ? MaxPoolFunction::apply(pixels, geometry)
                        : pooled(pixels, shapeOf(x.sizes(), geometry), /*choices=*/nullptr);
}

}  // namespace healthtensor::avx512
