#include "training/adam.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace healthtensor {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-7;

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, double learningRate)
    : parameters_(std::move(parameters)), learningRate_(learningRate) {
  const at::NoGradGuard noGradients;
  for (const at::Tensor& parameter : parameters_) {
    firstMoments_.push_back(at::zeros_like(parameter));
    secondMoments_.push_back(at::zeros_like(parameter));
    stepTensors_.push_back(at::zeros({}, parameter.options()));
  }
}

void Adam::clearGradients() {
  for (const at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

void Adam::setSteps(int64_t steps) {
  steps_ = steps;
  for (at::Tensor& tensor : stepTensors_) tensor.fill_(steps);
}

void Adam::step() {
  const at::NoGradGuard noGradients;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
  setSteps(steps_ + 1);
  at::_fused_adam_(parameters_, gradients, firstMoments_, secondMoments_, /*max_exp_avg_sqs=*/{},
                   stepTensors_, learningRate_, kBeta1, kBeta2, /*weight_decay=*/0, kEpsilon,
                   /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace healthtensor
