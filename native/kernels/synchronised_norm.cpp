#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/custom_function.h>

#include "distributed/collective.h"
#include "kernels/batch_moments.h"
#include "kernels/first_order.h"

namespace healthtensor {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kOverPixels[] = {0, 2, 3};

at::Tensor perChannel(const at::Tensor& values) { return values.to(at::kFloat).view({1, -1, 1, 1}); }

/// Sum, sum of squares and number of the values per channel. The squares come from the deviations from the
/// local mean: float32 sums of the squares themselves would lose a small variance.
at::Tensor localTotals(const at::Tensor& x) {
  const int64_t channels = x.size(1);
  const int64_t count = x.numel() / channels;
  const at::Tensor number = at::full({1}, static_cast<double>(count), x.options().dtype(at::kDouble));
  const at::Tensor sums = x.sum(kOverPixels, /*keepdim=*/false, at::kFloat).to(at::kDouble);
  const at::Tensor mean = sums / std::max<int64_t>(count, 1);
  const at::Tensor away = x.to(at::kFloat) - perChannel(mean);
  const at::Tensor drift = away.sum(kOverPixels).to(at::kDouble);
  const at::Tensor squares =
      away.square().sum(kOverPixels).to(at::kDouble) + 2 * mean * drift + mean * mean * count;
  return at::cat({sums, squares, number});
}

class SynchronisedNorm : public torch::autograd::Function<SynchronisedNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const NormTensors& norm, Collective* collective) {
    const BatchMoments moments = batchMoments(localTotals(x), collective);
    updateRunning(norm, moments);
    const at::Tensor mean = perChannel(moments.mean);
    const at::Tensor inverse = perChannel((moments.variance + norm.epsilon).rsqrt());
    context->save_for_backward({x, weight, mean, inverse});
    context->saved_data["count"] = moments.count;
    context->saved_data["collective"] = reinterpret_cast<int64_t>(collective);
    return ((x.to(at::kFloat) - mean) * (inverse * perChannel(weight)) + perChannel(bias))
        .to(x.scalar_type());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    requireFirstOrder("batch normalisation over several processes");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& inverse = saved[3];
    const at::Tensor gradient = gradients[0].to(at::kFloat);
    const at::Tensor normed = (x.to(at::kFloat) - saved[2]) * inverse;
    const at::Tensor biasGradient = gradient.sum(kOverPixels);
    const at::Tensor weightGradient = (gradient * normed).sum(kOverPixels);

    at::Tensor totals = at::cat({biasGradient, weightGradient}).to(at::kDouble);
    reinterpret_cast<Collective*>(context->saved_data["collective"].toInt())->sum(totals);
    totals.div_(context->saved_data["count"].toDouble());
    const at::Tensor level = perChannel(totals.narrow(0, 0, x.size(1)));
    const at::Tensor slope = perChannel(totals.narrow(0, x.size(1), x.size(1)));
    const at::Tensor inputGradient = (gradient - level - normed * slope) * (inverse * perChannel(saved[1]));
    return {inputGradient.to(x.scalar_type()), weightGradient, biasGradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor synchronisedNorm(const at::Tensor& x, const NormTensors& norm, Collective& collective) {
  return SynchronisedNorm::apply(x, norm.weight, norm.bias, norm, &collective);
}

}  // namespace healthtensor
