#include "training/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <array>
#include <optional>

#include "models/state.h"

namespace healthtensor {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-7;

}  // namespace

std::vector<ParameterGroup> parameterGroups(const StateTable& state, const Recipe& recipe) {
  // [head][has decay]
  std::array<std::array<ParameterGroup, 2>, 2> groups;
  for (const StateTensor& entry : state.entries()) {
    if (entry.role != Role::kParameter) continue;
    ParameterGroup& group = groups[entry.head][entry.shape.size() > 1];
    group.names.push_back(entry.name);
    group.parameters.push_back(entry.tensor);
  }
  std::vector<ParameterGroup> trained;
  for (const bool head : {false, true}) {
    for (const bool decays : {false, true}) {
      ParameterGroup& group = groups[head][decays];
      group.rate = head ? 1 : recipe.backboneRate;
      group.weightDecay = decays ? recipe.weightDecay : 0;
      if (group.rate > 0 && !group.parameters.empty()) trained.push_back(std::move(group));
    }
  }
  return trained;
}

Optimizer::Optimizer(OptimizerKind kind, std::vector<ParameterGroup> groups) : kind_(kind) {
  const at::NoGradGuard noGradients;
  stepTensor_ = at::zeros({}, groups.front().parameters.front().options().requires_grad(false));
  for (ParameterGroup& given : groups) {
    Group& group = groups_.emplace_back(
        Group{.of = std::move(given), .firstMoments = {}, .secondMoments = {}, .stepTensors = {}});
    for (const at::Tensor& parameter : group.of.parameters) {
      group.firstMoments.push_back(at::zeros_like(parameter));
      group.secondMoments.push_back(at::zeros_like(parameter));
      group.stepTensors.push_back(stepTensor_);
    }
  }
}

void Optimizer::clearGradients() {
  for (const Group& group : groups_) {
    for (const at::Tensor& parameter : group.of.parameters) parameter.mutable_grad().reset();
  }
}

std::vector<at::Tensor> Optimizer::parameters() const {
  std::vector<at::Tensor> parameters;
  for (const Group& group : groups_) {
    parameters.insert(parameters.end(), group.of.parameters.begin(), group.of.parameters.end());
  }
  return parameters;
}

std::vector<at::Tensor> Optimizer::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const Group& group : groups_) {
    for (const at::Tensor& parameter : group.of.parameters) gradients.push_back(parameter.grad());
  }
  return gradients;
}

void Optimizer::step(double learningRate, double divisor) {
  const at::NoGradGuard noGradients;
  // What may fail for want of memory comes before anything changes.
  std::optional<at::Tensor> scale;
  if (divisor != 1) scale = at::full({}, divisor, stepTensor_.options());
  steps_ += 1;
  stepTensor_.fill_(steps_);
  for (Group& group : groups_) {
    std::vector<at::Tensor> gradients;
    gradients.reserve(group.of.parameters.size());
    for (const at::Tensor& parameter : group.of.parameters) gradients.push_back(parameter.grad());
    // Both have the same signature; decay is where they differ.
    const auto update = [&](auto kernel) {
      kernel(group.of.parameters, gradients, group.firstMoments, group.secondMoments,
             /*max_exp_avg_sqs=*/at::TensorList{}, group.stepTensors, group.of.rate * learningRate, kBeta1,
             kBeta2, group.of.weightDecay, kEpsilon, /*amsgrad=*/false, /*maximize=*/false, scale,
             /*found_inf=*/std::nullopt);
    };
    if (kind_ == OptimizerKind::kAdam) {
      update([](const auto&... arguments) { at::_fused_adam_(arguments...); });
    } else {
      update([](const auto&... arguments) { at::_fused_adamw_(arguments...); });
    }
  }
}

std::vector<std::pair<std::string, at::Tensor>> Optimizer::moments() const {
  std::vector<std::pair<std::string, at::Tensor>> moments;
  for (const Group& group : groups_) {
    for (size_t i = 0; i < group.of.names.size(); ++i) {
      moments.emplace_back("first moment of " + group.of.names[i], group.firstMoments[i]);
      moments.emplace_back("second moment of " + group.of.names[i], group.secondMoments[i]);
    }
  }
  return moments;
}

}  // namespace healthtensor
