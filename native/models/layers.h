#pragma once

#include <optional>

#include "kernels/activation.h"
#include "kernels/norm_activation.h"
#include "models/pass.h"
#include "models/state.h"

namespace healthtensor {

struct ConvolutionShape {
  int64_t inputs;
  int64_t outputs;
  int64_t kernel;
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t groups = 1;
  /// In a NormedConvolution: a bias that the norm takes away again. torch's VGG has it.
  bool bias = false;
};

/// Convolution - batch norm - activation: the unit of all networks with batch norm. Tensors
/// `<convolution>.weight` (and `.bias`, where the shape has one) and `<norm>.weight`, `.bias`,
/// `.running_mean`, `.running_var`; no `num_batches_tracked`. Depthwise where every channel is a group of its
/// own.
class NormedConvolution {
 public:
  /// `scale` is what the norm's scales start as.
  NormedConvolution(StateTable& state, const std::string& convolution, const std::string& norm,
                    const ConvolutionShape& shape, Activation activation, Initialiser initialise,
                    double scale = 1);

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;
  /// With the residual added before the activation; the residual may be overwritten in evaluation.
  at::Tensor addTo(const at::Tensor& residual, const at::Tensor& x, const Pass& pass) const;

 private:
  at::Tensor run(const at::Tensor& x, const std::optional<at::Tensor>& residual, const Pass& pass) const;
  NormTensors norm() const;

  ConvolutionShape shape_;
  Activation activation_;
  StateTensor& weight_;
  StateTensor* bias_;
  StateTensor& normWeight_;
  StateTensor& normBias_;
  StateTensor& runningMean_;
  StateTensor& runningVariance_;
};

/// Convolution with bias, initially zero: `<name>.weight`, `<name>.bias`.
class BiasedConvolution {
 public:
  BiasedConvolution(StateTable& state, const std::string& name, const ConvolutionShape& shape,
                    Initialiser initialise);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass,
                        Activation activation = Activation::kNone) const;
  /// With ReLU and the maximum of each 2x2 behind it.
  at::Tensor reluPool(const at::Tensor& x, const Pass& pass) const;

 private:
  at::Tensor run(const at::Tensor& x, const Pass& pass, Activation activation) const;

  ConvolutionShape shape_;
  StateTensor& weight_;
  StateTensor& bias_;
};

/// x W^T + b with Keras' start: Glorot uniform weights, zero bias. What heads, and only they, are made of.
class Dense {
 public:
  Dense(StateTable& state, const std::string& name, int64_t inputs, int64_t outputs);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass,
                        Activation activation = Activation::kNone) const;

 private:
  StateTensor& weight_;
  StateTensor& bias_;
};

/// Inverted dropout: each value is zeroed with probability `rate` and the rest scaled by 1 / (1 - rate), in
/// training only. The mask is drawn on the CPU from the pass' generator, so that it is the same on every
/// device.
at::Tensor dropout(const at::Tensor& x, double rate, const Pass& pass);

}  // namespace healthtensor
