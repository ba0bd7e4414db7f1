#include "kernels/avx512/norm_function.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/stack.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "distributed/collective.h"
#include "kernels/avx512/element.h"
#include "kernels/avx512/pixel_view.h"
#include "kernels/batch_moments.h"
#include "kernels/first_order.h"

namespace healthtensor::avx512 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor doubles(int64_t count) { return at::empty({count}, at::TensorOptions(at::kDouble)); }

at::Tensor emptyPixelsLike(const at::Tensor& x) {
  return at::empty_like(x, x.options().memory_format(at::MemoryFormat::ChannelsLast));
}

/// Sums, sums of squares and number of the values per channel, float64 [2 C + 1]. The kernel sums what lies
/// between the values and the first pixel, which is as near the mean as any.
template <typename Element>
at::Tensor totalsOf(const at::Tensor& x, const PixelView& view) {
  const Element* const values = memoryOf<Element>(x);
  const auto origin = [&](int64_t channel) { return view.pixels == 0 ? 0.0f : asFloat(values[channel]); };
  const std::vector<float> shift = spread<Element>(view, origin);
  const ChannelSums sums =
      channelSums<Element>(view, [&](int64_t pixel, int64_t pixels, float* first, float* second) {
        normSums(values + pixel * view.channels, shift.data(), pixels, view.channels, first, second);
      });
  at::Tensor totals = doubles(2 * view.period + 1);
  double* const result = totals.mutable_data_ptr<double>();
  const double count = static_cast<double>(view.pixels * view.channels / view.period);
  for (int64_t channel = 0; channel < view.period; ++channel) {
    const double away = sums.first[channel];
    const double from = static_cast<double>(origin(channel));
    result[channel] = away + count * from;
    result[view.period + channel] = sums.second[channel] + 2 * from * away + count * from * from;
  }
  result[2 * view.period] = count;
  return totals;
}

/// The batch's mean and inverse standard deviation with weight and bias: all that x is normed with, per
/// channel.
class Norm {
 public:
  Norm(const at::Tensor& moments, const at::Tensor& weight, const at::Tensor& bias)
      : mean_(moments.const_data_ptr<double>()),
        inverse_(mean_ + moments.size(1)),
        weight_(weight.const_data_ptr<float>()),
        bias_(bias.const_data_ptr<float>()) {}

  double mean(int64_t channel) const { return mean_[channel]; }
  double inverse(int64_t channel) const { return inverse_[channel]; }
  double scale(int64_t channel) const { return static_cast<double>(weight_[channel]) * inverse_[channel]; }
  double offset(int64_t channel) const {
    return static_cast<double>(bias_[channel]) - mean_[channel] * scale(channel);
  }

 private:
  const double* mean_;
  const double* inverse_;
  const float* weight_;
  const float* bias_;
};

template <typename Element>
void normTensor(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& y, const PixelView& view,
                const Norm& norm, Activation activation) {
  const std::vector<float> scale =
      spread<Element>(view, [&](int64_t channel) { return norm.scale(channel); });
  const std::vector<float> offset =
      spread<Element>(view, [&](int64_t channel) { return norm.offset(channel); });
  inShares(view.pixels, sharesOf(view.pixels, view.channels), [&](int64_t, int64_t first, int64_t last) {
    const int64_t at = first * view.channels;
    normApply(memoryOf<Element>(x) + at, residual.defined() ? memoryOf<Element>(residual) + at : nullptr,
              memoryOf<Element>(y) + at, scale.data(), offset.data(), last - first, view.channels,
              activation);
  });
}

/// What the backward pass works on. `memory` as in NormGradient; undefined if there is none.
struct Backward {
  at::Tensor x;
  at::Tensor outputGradient;
  at::Tensor memory;
  Activation activation;
  PixelView view;
};

template <typename Element>
NormGradient<Element> gradientAt(const Backward& given, int64_t pixel, const float* scale,
                                 const float* offset) {
  const int64_t at = pixel * given.view.channels;
  return {memoryOf<Element>(given.x) + at,
          memoryOf<Element>(given.outputGradient) + at,
          given.memory.defined() ? memoryOf<Element>(given.memory) + at : nullptr,
          given.activation,
          scale,
          offset};
}

/// Sums of g and of g * (x - mean); writes g, the gradient of what goes into the activation, if asked.
template <typename Element>
ChannelSums gradientSums(const Backward& given, const Norm& norm, const at::Tensor& normGradient) {
  const PixelView& view = given.view;
  const std::vector<float> scale =
      spread<Element>(view, [&](int64_t channel) { return norm.scale(channel); });
  const std::vector<float> offset =
      spread<Element>(view, [&](int64_t channel) { return norm.offset(channel); });
  const std::vector<float> mean = spread<Element>(view, [&](int64_t channel) { return norm.mean(channel); });
  Element* const written = normGradient.defined() ? memoryOf<Element>(normGradient) : nullptr;
  return channelSums<Element>(view, [&](int64_t pixel, int64_t pixels, float* first, float* second) {
    normGradientSums(gradientAt<Element>(given, pixel, scale.data(), offset.data()), mean.data(), pixels,
                     view.channels, first, second,
                     written == nullptr ? nullptr : written + pixel * view.channels);
  });
}

/// scale * (g - mean(g) - normed x * mean(g * normed x)), given the sums over the whole batch.
template <typename Element>
void inputGradient(const Backward& given, const Norm& norm, const ChannelSums& sums, double count,
                   const at::Tensor& result) {
  const PixelView& view = given.view;
  const auto slopeOf = [&](int64_t channel) {
    return -norm.scale(channel) * norm.inverse(channel) * norm.inverse(channel) * sums.second[channel] /
           count;
  };
  const std::vector<float> scale =
      spread<Element>(view, [&](int64_t channel) { return norm.scale(channel); });
  const std::vector<float> offset =
      spread<Element>(view, [&](int64_t channel) { return norm.offset(channel); });
  const std::vector<float> slope = spread<Element>(view, slopeOf);
  const std::vector<float> level = spread<Element>(view, [&](int64_t channel) {
    return -norm.scale(channel) * sums.first[channel] / count - slopeOf(channel) * norm.mean(channel);
  });
  inShares(view.pixels, sharesOf(view.pixels, view.channels), [&](int64_t, int64_t first, int64_t last) {
    normInputGradient(gradientAt<Element>(given, first, scale.data(), offset.data()), slope.data(),
                      level.data(), last - first, view.channels,
                      memoryOf<Element>(result) + first * view.channels);
  });
}

void sumOverProcesses(ChannelSums& sums, Collective* collective) {
  if (collective == nullptr) return;
  const int64_t channels = static_cast<int64_t>(sums.first.size());
  at::Tensor totals = doubles(2 * channels);
  double* const values = totals.mutable_data_ptr<double>();
  std::copy(sums.first.begin(), sums.first.end(), values);
  std::copy(sums.second.begin(), sums.second.end(), values + channels);
  collective->sum(totals);
  std::copy_n(totals.const_data_ptr<double>(), channels, sums.first.begin());
  std::copy_n(totals.const_data_ptr<double>() + channels, channels, sums.second.begin());
}

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given,
                            const std::optional<at::Tensor>& givenResidual, const at::Tensor& weight,
                            const at::Tensor& bias, const NormTensors& tensors, Activation activation,
                            Collective* collective) {
    const at::ScalarType type = given.scalar_type();
    const at::Tensor x = asPixels(given, type);
    const at::Tensor residual = givenResidual ? asPixels(*givenResidual, type) : at::Tensor();
    const PixelView view = viewOf(x);
    at::Tensor y = emptyPixelsLike(x);
    at::Tensor moments;
    double count = 0;
    withElement(type, [&](auto element) {
      using Element = decltype(element);
      const BatchMoments batch = batchMoments(totalsOf<Element>(x, view), collective);
      updateRunning(tensors, batch);
      count = batch.count;
      moments = at::stack({batch.mean, (batch.variance + tensors.epsilon).rsqrt()});
      normTensor<Element>(x, residual, y, view, Norm(moments, weight, bias), activation);
    });
    context->save_for_backward({x, weight, bias, moments, memoryFor(activation, residual, y)});
    context->saved_data["count"] = count;
    context->saved_data["activation"] = static_cast<int64_t>(activation);
    context->saved_data["residual"] = residual.defined();
    context->saved_data["collective"] = reinterpret_cast<int64_t>(collective);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("normActivation");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    auto* const collective = reinterpret_cast<Collective*>(context->saved_data["collective"].toInt());
    const double count = context->saved_data["count"].toDouble();
    const bool residual = context->saved_data["residual"].toBool();
    Backward given = {.x = x,
                      .outputGradient = asPixels(gradients[0], x.scalar_type()),
                      .memory = saved[4],
                      .activation = static_cast<Activation>(context->saved_data["activation"].toInt()),
                      .view = viewOf(x)};
    const Norm norm(saved[3], saved[1], saved[2]);

    at::Tensor residualGradient;
    if (residual) {
      residualGradient = given.activation == Activation::kNone ? given.outputGradient : emptyPixelsLike(x);
    }
    at::Tensor result = emptyPixelsLike(x);
    at::Tensor weightGradient = at::empty_like(saved[1]);
    at::Tensor biasGradient = at::empty_like(saved[2]);
    withElement(x.scalar_type(), [&](auto element) {
      using Element = decltype(element);
      const bool writes = residual && given.activation != Activation::kNone;
      ChannelSums sums = gradientSums<Element>(given, norm, writes ? residualGradient : at::Tensor());
      for (int64_t channel = 0; channel < x.size(1); ++channel) {
        biasGradient.mutable_data_ptr<float>()[channel] = static_cast<float>(sums.first[channel]);
        weightGradient.mutable_data_ptr<float>()[channel] =
            static_cast<float>(sums.second[channel] * norm.inverse(channel));
      }
      sumOverProcesses(sums, collective);
      if (writes) {
        // Half of the work is done: what was written is read again instead of what it was made from.
        given.outputGradient = residualGradient;
        given.activation = Activation::kNone;
      }
      inputGradient<Element>(given, norm, sums, count, result);
    });
    return {result, residualGradient, weightGradient, biasGradient, at::Tensor(), at::Tensor(), at::Tensor()};
  }

 private:
  /// See NormGradient::memory.
  static at::Tensor memoryFor(Activation activation, const at::Tensor& residual, const at::Tensor& y) {
    if (!residual.defined() || activation == Activation::kNone) return {};
    return activation == Activation::kSilu ? residual : y;
  }
};

}  // namespace

at::Tensor normFunction(const at::Tensor& x, const NormTensors& norm, Activation activation,
                        const std::optional<at::Tensor>& residual, Collective* collective) {
  return NormFunction::apply(x, residual, norm.weight, norm.bias, norm, activation, collective);
}

void activateInPlace(const at::Tensor& x, Activation activation) {
  const PixelView view = viewOf(x);
  const std::vector<float> zero = channelValues(view.channels);
  const std::vector<float> one(zero.size(), 1.0f);
  withElement(x.scalar_type(), [&](auto element) {
    using Element = decltype(element);
    inShares(view.pixels, sharesOf(view.pixels, view.channels), [&](int64_t, int64_t first, int64_t last) {
      Element* const values = memoryOf<Element>(x) + first * view.channels;
      normApply<Element>(values, nullptr, values, one.data(), zero.data(), last - first, view.channels,
                         activation);
    });
  });
}

}  // namespace healthtensor::avx512
