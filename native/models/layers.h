#pragma once

#include "models/state.h"

namespace healthtensor {

/// How a forward pass runs: evaluation, or training with a generator for dropout.
class Pass {
 public:
  static Pass evaluation() { return Pass(); }
  static Pass training(at::Generator generator) {
    Pass pass;
    pass.generator_ = std::move(generator);
    return pass;
  }
  bool isTraining() const { return generator_.defined(); }
  const at::Generator& generator() const { return generator_; }

 private:
  at::Generator generator_;
};

struct ConvolutionShape {
  int64_t inputs;
  int64_t outputs;
  int64_t kernel;
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t groups = 1;
};

/// 2-D convolution without bias, as it stands before a batch norm. Named `<name>.weight`.
class Convolution {
 public:
  Convolution(StateTable& state, const std::string& name, const ConvolutionShape& shape,
              Initialiser initialise);
  at::Tensor operator()(const at::Tensor& x) const;

 protected:
  ConvolutionShape shape_;
  StateTensor& weight_;
};

/// The same with `<name>.bias`, initially zero.
class BiasedConvolution {
 public:
  BiasedConvolution(StateTable& state, const std::string& name, const ConvolutionShape& shape,
                    Initialiser initialise);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  ConvolutionShape shape_;
  StateTensor& weight_;
  StateTensor& bias_;
};

/// Batch normalisation over N, H, W (Ioffe and Szegedy 2015), torch's defaults: eps 1e-5, momentum 0.1,
/// unbiased variance in the running estimate. Tensors `weight`, `bias`, `running_mean`, `running_var`; no
/// `num_batches_tracked`.
class BatchNorm {
 public:
  BatchNorm(StateTable& state, const std::string& name, int64_t channels);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;

 private:
  StateTensor& weight_;
  StateTensor& bias_;
  StateTensor& runningMean_;
  StateTensor& runningVariance_;
};

/// x W^T + b with Keras' start: Glorot uniform weights, zero bias.
class Dense {
 public:
  Dense(StateTable& state, const std::string& name, int64_t inputs, int64_t outputs);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  StateTensor& weight_;
  StateTensor& bias_;
};

/// Inverted dropout: each value is zeroed with probability `rate` and the rest scaled by 1 / (1 - rate), in
/// training only. The mask is drawn on the CPU from the pass' generator, so that it is the same on every
/// device.
at::Tensor dropout(const at::Tensor& x, double rate, const Pass& pass);

}  // namespace healthtensor
