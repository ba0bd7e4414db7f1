#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "kernels/activation.h"

namespace healthtensor {

struct ConvolutionGeometry {
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t groups = 1;
};

/// Layers with prepacked weights and a fused end, which libtorch keeps for its own compiler: operators
/// `mkldnn::*`, reached by name. They are for inference; nothing here is differentiable.
namespace onednn {

/// Whether they serve tensors of this kind: on the CPU, float32 or (with AVX-512) bfloat16, in a libtorch
/// that has them. Decided once a process.
bool serves(const at::Tensor& x);

/// `weight` in the layout that is fastest for inputs of these sizes; other sizes stay correct.
at::Tensor packConvolution(const at::Tensor& weight, const ConvolutionGeometry& geometry,
                           at::IntArrayRef inputSizes);
at::Tensor convolution(const at::Tensor& x, const at::Tensor& packed, const std::optional<at::Tensor>& bias,
                       const ConvolutionGeometry& geometry, Activation activation);
/// activation(convolution(x) + residual), written over the residual. The activation is none or ReLU.
at::Tensor convolutionAddTo(at::Tensor residual, const at::Tensor& x, const at::Tensor& packed,
                            const std::optional<at::Tensor>& bias, const ConvolutionGeometry& geometry,
                            Activation activation);

/// As packConvolution, for x W^T with so many rows in x.
at::Tensor packLinear(const at::Tensor& weight, int64_t rows);
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const std::optional<at::Tensor>& bias,
                  Activation activation);

}  // namespace onednn
}  // namespace healthtensor
