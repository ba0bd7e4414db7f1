#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <unordered_map>

#include "kernels/activation.h"
#include "kernels/norm_activation.h"

namespace healthtensor {

struct ConvolutionGeometry {
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t groups = 1;
};

/// A convolution for inference alone: the batch norm behind it folded into its weights and bias, the weights
/// converted to the activations' type. Not differentiable.
class PackedConvolution {
 public:
  /// `weight` float32 [outputs, inputs / groups, K, K]; `norm` with its running statistics, or `bias`, or
  /// neither. `input` is the first x: its type, device and sizes decide how the weights are packed.
  PackedConvolution(const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                    const std::optional<NormTensors>& norm, const ConvolutionGeometry& geometry,
                    const at::Tensor& input);

  at::Tensor operator()(const at::Tensor& x, Activation activation) const;
  /// activation(convolution(x) + residual), written over the residual.
  at::Tensor addTo(at::Tensor residual, const at::Tensor& x, Activation activation) const;

 private:
  ConvolutionGeometry geometry_;
  at::Tensor weight_;
  at::Tensor bias_;
};

/// The packed layers of one model for one evaluation, each made when it is first needed.
class PackedLayers {
 public:
  const PackedConvolution& of(const void* layer, const std::function<PackedConvolution()>& pack) {
    const auto found = layers_.find(layer);
    return found != layers_.end() ? found->second : layers_.emplace(layer, pack()).first->second;
  }

 private:
  std::unordered_map<const void*, PackedConvolution> layers_;
};

}  // namespace healthtensor
