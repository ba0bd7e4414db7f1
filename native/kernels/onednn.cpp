#include "kernels/onednn.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <array>
#include <string_view>

#include "kernels/cpu_features.h"

namespace healthtensor::onednn {
namespace {

using OptionalTensor = std::optional<at::Tensor>;
using OptionalText = std::optional<std::string_view>;
using Scalars = c10::List<std::optional<at::Scalar>>;

using PackConvolution = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                                   int64_t, at::OptionalIntArrayRef);
using Convolution = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef,
                               at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view, Scalars,
                               OptionalText);
using ConvolutionAddTo = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                                     at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
                                     std::string_view, std::optional<at::Scalar>, OptionalText, Scalars,
                                     OptionalText);
using PackLinear = at::Tensor(const at::Tensor&, std::optional<int64_t>);
using Linear = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, std::string_view,
                          Scalars, OptionalText);

// The five operators, with the signatures that the dispatcher has checked.
struct Operators {
  c10::TypedOperatorHandle<PackConvolution> packConvolution;
  c10::TypedOperatorHandle<Convolution> convolution;
  c10::TypedOperatorHandle<ConvolutionAddTo> convolutionAddTo;
  c10::TypedOperatorHandle<PackLinear> packLinear;
  c10::TypedOperatorHandle<Linear> linear;
};

template <typename Signature>
c10::TypedOperatorHandle<Signature> find(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

// They are no public interface: a libtorch without them, or with others, gets the ATen path.
std::optional<Operators> findOperators() {
  if (!at::Context::hasMKLDNN() || !at::globalContext().userEnabledMkldnn()) return std::nullopt;
  try {
    return Operators{
        .packConvolution = find<PackConvolution>("mkldnn::_reorder_convolution_weight"),
        .convolution = find<Convolution>("mkldnn::_convolution_pointwise"),
        .convolutionAddTo = find<ConvolutionAddTo>("mkldnn::_convolution_pointwise_", "binary"),
        .packLinear = find<PackLinear>("mkldnn::_reorder_linear_weight"),
        .linear = find<Linear>("mkldnn::_linear_pointwise"),
    };
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

const std::optional<Operators>& operators() {
  static const std::optional<Operators> found = findOperators();
  return found;
}

constexpr std::array<int64_t, 2> kNoDilation{1, 1};

std::array<int64_t, 2> both(int64_t size) { return {size, size}; }

std::string_view attribute(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "hardtanh";
    case Activation::kSilu:
      return "swish";
    case Activation::kNone:
      break;
  }
  return "none";
}

Scalars attributeScalars(Activation activation) {
  Scalars scalars;
  if (activation == Activation::kRelu6) {
    scalars.push_back(at::Scalar(0.0));
    scalars.push_back(at::Scalar(6.0));
  }
  return scalars;
}

}  // namespace

bool serves(const at::Tensor& x) {
  if (!x.device().is_cpu() || !operators()) return false;
  return x.scalar_type() == at::kFloat || (x.scalar_type() == at::kBFloat16 && cpuHasAvx512());
}

at::Tensor packConvolution(const at::Tensor& weight, const ConvolutionGeometry& geometry,
                           at::IntArrayRef inputSizes) {
  return operators()->packConvolution.call(weight, both(geometry.padding), both(geometry.stride), kNoDilation,
                                           geometry.groups, inputSizes);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& packed, const OptionalTensor& bias,
                       const ConvolutionGeometry& geometry, Activation activation) {
  return operators()->convolution.call(x, packed, bias, both(geometry.padding), both(geometry.stride),
                                       kNoDilation, geometry.groups, attribute(activation),
                                       attributeScalars(activation), std::nullopt);
}

at::Tensor convolutionAddTo(at::Tensor residual, const at::Tensor& x, const at::Tensor& packed,
                            const OptionalTensor& bias, const ConvolutionGeometry& geometry,
                            Activation activation) {
  const OptionalText end = activation == Activation::kNone ? OptionalText() : attribute(activation);
  return operators()->convolutionAddTo.call(
      residual, x, packed, bias, both(geometry.padding), both(geometry.stride), kNoDilation, geometry.groups,
      "add", /*alpha=*/at::Scalar(1.0), end, attributeScalars(activation), std::nullopt);
}

at::Tensor packLinear(const at::Tensor& weight, int64_t rows) {
  return operators()->packLinear.call(weight, rows);
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const OptionalTensor& bias,
                  Activation activation) {
  return operators()->linear.call(x, packed, bias, attribute(activation), attributeScalars(activation),
                                  std::nullopt);
}

}  // namespace healthtensor::onednn
