#include "kernels/avx512/squeeze_excite_function.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sigmoid.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "kernels/avx512/element.h"
#include "kernels/avx512/pixel_view.h"
#include "kernels/avx512/squeeze_excite.h"
#include "kernels/first_order.h"

namespace healthtensor::avx512 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One thread's work on one image after the other, with the batch norm's kernels: sums over an image's pixels
/// and x * factor + summand are what both are made of.
template <typename Element>
class ImageWork {
 public:
  explicit ImageWork(const PixelView& image)
      : image_(image),
        zero_(channelValues(image.channels)),
        factor_(zero_),
        summand_(zero_),
        sums_(zero_),
        part_(zero_),
        ignored_(zero_) {}

  /// Per channel the sum over an image's pixels times `scale`.
  void sumPixels(const Element* x, float scale, float* result) {
    inSlabs(result, scale, [&](int64_t at, int64_t pixels) {
      normSums(x + at, zero_.data(), pixels, image_.channels, part_.data(), ignored_.data());
    });
  }

  /// Per channel the sum of x * y over an image's pixels.
  void sumProducts(const Element* x, const Element* y, float* result) {
    inSlabs(result, 1, [&](int64_t at, int64_t pixels) {
      const NormGradient<Element> given = {x + at,       y + at,      nullptr, Activation::kNone,
                                           zero_.data(), zero_.data()};
      normGradientSums<Element>(given, zero_.data(), pixels, image_.channels, ignored_.data(), part_.data(),
                                nullptr);
    });
  }

  /// y = x * factor + summand, the latter two per channel; a null summand is zero.
  void scale(const Element* x, const float* factor, const float* summand, Element* y) {
    fill(factor, factor_);
    if (summand != nullptr) fill(summand, summand_);
    normApply<Element>(x, nullptr, y, factor_.data(), summand_.data(), image_.pixels, image_.channels,
                       Activation::kNone);
  }

 private:
  void fill(const float* values, std::vector<float>& lanes) const {
    forEachLane<Element>(image_.channels, [&](int64_t lane, int64_t channel) {
      lanes[lane] = values[channel % image_.period];
    });
  }

  template <typename Slab>
  void inSlabs(float* result, float scale, const Slab& slab) {
    std::fill(sums_.begin(), sums_.end(), 0.0f);
    for (int64_t pixel = 0; pixel < image_.pixels; pixel += kSummedPixels) {
      slab(pixel * image_.channels, std::min(kSummedPixels, image_.pixels - pixel));
      for (size_t lane = 0; lane < sums_.size(); ++lane) sums_[lane] += part_[lane];
    }
    std::fill_n(result, image_.period, 0.0f);
    forEachLane<Element>(image_.channels, [&](int64_t lane, int64_t channel) {
      result[channel % image_.period] += sums_[lane] * scale;
    });
  }

  PixelView image_;
  std::vector<float> zero_;
  std::vector<float> factor_;
  std::vector<float> summand_;
  std::vector<float> sums_;
  std::vector<float> part_;
  std::vector<float> ignored_;
};

/// Calls body(image number, offset of its first value, work) for the images of x, side by side.
template <typename Element, typename Body>
void forEachImage(const at::Tensor& x, const Body& body) {
  const int64_t size = x.stride(0);
  const PixelView view = viewOf(x.select(0, 0).unsqueeze(0));
  inShares(x.size(0), sharesOf(x.size(0), size), [&](int64_t, int64_t first, int64_t last) {
    ImageWork<Element> work(view);
    for (int64_t image = first; image < last; ++image) body(image, image * size, work);
  });
}

/// What the forward pass knows about each image, float32 [images, channels] or [images, reduced].
struct Excitation {
  at::Tensor means;
  at::Tensor z;
  at::Tensor hidden;
  at::Tensor gate;
};

/// Writes x times its gate to y, which may be x.
Excitation excite(const at::Tensor& x, const SqueezeExciteTensors& tensors, const at::Tensor& y) {
  const int64_t channels = x.size(1);
  const int64_t reduced = tensors.reduceBias.size(0);
  const auto values = [&](int64_t width) {
    return at::empty({x.size(0), width}, tensors.reduceBias.options());
  };
  const Excitation result = {values(channels), values(reduced), values(reduced), values(channels)};
  const at::Tensor reduceWeight = tensors.reduceWeight.contiguous();
  const at::Tensor expandWeight = tensors.expandWeight.contiguous();
  const ExciteLayers layers = {reduceWeight.const_data_ptr<float>(),
                               tensors.reduceBias.const_data_ptr<float>(),
                               expandWeight.const_data_ptr<float>(),
                               tensors.expandBias.const_data_ptr<float>(),
                               channels,
                               reduced};
  const float part = 1.0f / static_cast<float>(x.size(2) * x.size(3));
  float* const means = result.means.mutable_data_ptr<float>();
  float* const z = result.z.mutable_data_ptr<float>();
  float* const hidden = result.hidden.mutable_data_ptr<float>();
  float* const gate = result.gate.mutable_data_ptr<float>();
  withElement(x.scalar_type(), [&](auto element) {
    using Element = decltype(element);
    forEachImage<Element>(x, [&](int64_t image, int64_t offset, ImageWork<Element>& work) {
      const Element* const pixels = memoryOf<Element>(x) + offset;
      const int64_t at = image * channels;
      work.sumPixels(pixels, part, means + at);
      exciteGate(layers, means + at, z + image * reduced, hidden + image * reduced, gate + at);
      work.scale(pixels, gate + at, nullptr, memoryOf<Element>(y) + offset);
    });
  });
  return result;
}

class SqueezeExciteFunction : public torch::autograd::Function<SqueezeExciteFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& reduceWeight,
                            const at::Tensor& reduceBias, const at::Tensor& expandWeight,
                            const at::Tensor& expandBias) {
    const at::Tensor x = asPixels(given, given.scalar_type());
    at::Tensor y = at::empty_like(x, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const Excitation kept = excite(x, {reduceWeight, reduceBias, expandWeight, expandBias}, y);
    context->save_for_backward({x, reduceWeight, expandWeight, kept.means, kept.z, kept.hidden, kept.gate});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("squeezeExcite");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& gate = saved[6];
    const at::Tensor outputGradient = asPixels(gradients[0], x.scalar_type());
    const int64_t channels = x.size(1);

    at::Tensor gateGradient = at::empty_like(gate);
    withElement(x.scalar_type(), [&](auto element) {
      using Element = decltype(element);
      forEachImage<Element>(x, [&](int64_t image, int64_t offset, ImageWork<Element>& work) {
        work.sumProducts(memoryOf<Element>(x) + offset, memoryOf<Element>(outputGradient) + offset,
                         gateGradient.mutable_data_ptr<float>() + image * channels);
      });
    });

    // From here to the gradient of the means everything is a few thousand values.
    const at::Tensor expanded = gateGradient * gate * (1 - gate);
    const at::Tensor sigmoid = saved[4].sigmoid();
    const at::Tensor reduced =
        at::mm(expanded, saved[2].flatten(1)) * sigmoid * (1 + saved[4] * (1 - sigmoid));
    const at::Tensor level =
        at::mm(reduced, saved[1].flatten(1)) / static_cast<double>(x.size(2) * x.size(3));

    at::Tensor inputGradient = at::empty_like(x, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    withElement(x.scalar_type(), [&](auto element) {
      using Element = decltype(element);
      forEachImage<Element>(x, [&](int64_t image, int64_t offset, ImageWork<Element>& work) {
        const int64_t at = image * channels;
        work.scale(memoryOf<Element>(outputGradient) + offset, gate.const_data_ptr<float>() + at,
                   level.const_data_ptr<float>() + at, memoryOf<Element>(inputGradient) + offset);
      });
    });
    return {inputGradient, at::mm(reduced.t(), saved[3]).view(saved[1].sizes()), reduced.sum(0),
            at::mm(expanded.t(), saved[5]).view(saved[2].sizes()), expanded.sum(0)};
  }
};

}  // namespace

at::Tensor squeezeExciteFunction(const at::Tensor& given, const SqueezeExciteTensors& tensors) {
  if (at::GradMode::is_enabled()) {
    return SqueezeExciteFunction::apply(given, tensors.reduceWeight, tensors.reduceBias, tensors.expandWeight,
                                        tensors.expandBias);
  }
  const at::Tensor x = asPixels(given, given.scalar_type());
  excite(x, tensors, x);
  return x;
}

}  // namespace healthtensor::avx512
