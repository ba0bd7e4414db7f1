#include "training/learner.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "distributed/gradient_reduction.h"
#include "distributed/process_group.h"
#include "distributed/slice.h"
#include "failure.h"
#include "models/model.h"
#include "random.h"
#include "training/gradients.h"
#include "training/loss.h"
#include "training/sampler.h"
#include "training/training_input.h"

namespace healthtensor {
namespace {

std::vector<ParameterGroup> trainedParameters(const Model& model, const Recipe& recipe) {
  std::vector<ParameterGroup> groups = parameterGroups(model.state(), recipe);
  for (ParameterGroup& group : groups) {
    for (at::Tensor& parameter : group.parameters) parameter.set_requires_grad(true);
  }
  return groups;
}

std::optional<MovingAverage> movingAverage(Model& model, const Recipe& recipe) {
  if (recipe.emaDecay == 0) return std::nullopt;
  std::vector<StateTensor*> changing;
  for (StateTensor& entry : model.state().entries()) {
    // A frozen backbone runs with its running statistics and does not change them.
    const bool statistic = entry.role != Role::kParameter && recipe.backboneRate > 0;
    if (statistic || entry.tensor.requires_grad()) changing.push_back(&entry);
  }
  return MovingAverage(std::move(changing), recipe.emaDecay);
}

[[noreturn]] void notFinite(const char* what) {
  throw Failure("NOT_FINITE", std::string("The training's ") + what +
                                  " became NaN or infinite; use a smaller learning rate");
}

// Lack of memory with what might help, other exceptions as they are.
[[noreturn]] void rethrow(const std::exception_ptr& exception, int64_t images) {
  const FailureText text = describe(exception);
  if (text.code != "OUT_OF_MEMORY" || images < 2) std::rethrow_exception(exception);
  throw Failure(text.code, "Out of memory with batches of " + std::to_string(images) +
                               " images; try --batch_size " + std::to_string(images / 2));
}

}  // namespace

Learner::Learner(Model& model, const Recipe& recipe, uint64_t seed, ProcessGroup* group)
    : recipe_(recipe),
      seed_(seed),
      optimizer_(recipe.optimizer, trainedParameters(model, recipe)),
      scaler_(recipe.precision == at::kHalf),
      average_(movingAverage(model, recipe)),
      statistics_(model.state()),
      group_(group) {
  if (group_ != nullptr) {
    reduction_ = std::make_unique<GradientReduction>(*group_, optimizer_.parameters());
  }
}

Learner::~Learner() = default;

double Learner::step(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan,
                     double learningRate, const Cancellation& cancellation) {
  statistics_.keep();
  try {
    return attempt(input, sampler, plan, learningRate, cancellation);
  } catch (...) {
    forgetStep();
    rethrow(std::current_exception(), static_cast<int64_t>(sampler.batch(plan.firstBatch).size()));
  }
}

double Learner::attempt(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan,
                        double learningRate, const Cancellation& cancellation) {
  const at::Tensor lossTensor = collectGradients(input, sampler, plan, cancellation);
  // One transfer from the device.
  const at::Tensor facts = at::stack({lossTensor, globalNorm(optimizer_.gradients())}).cpu();
  double loss = facts[0].item<float>();
  // Also the sign that everyone has come this far: NCCL's own failures show late.
  if (group_ != nullptr) loss = group_->sum(loss) / group_->size();
  const double scaledNorm = facts[1].item<float>();
  if (!std::isfinite(loss)) notFinite("loss");
  if (!std::isfinite(scaledNorm)) {
    if (!scaler_.overflowed()) notFinite("gradient");
    forgetStep();
    return loss;
  }
  const double scale = scaler_.scale();
  optimizer_.step(learningRate, scale / clipFactor(scaledNorm / scale, recipe_.clipNorm));
  optimizer_.clearGradients();
  scaler_.succeeded();
  if (average_) average_->update(optimizer_.steps());
  return loss;
}

at::Tensor Learner::collectGradients(TrainingInput& input, const EpochSampler& sampler, const StepPlan& plan,
                                     const Cancellation& cancellation) {
  const auto seedOf = [&](RandomStream stream) {
    return deriveSeed(seed_, stream, static_cast<uint64_t>(plan.epoch), static_cast<uint64_t>(plan.step));
  };
  at::Tensor total;
  int64_t first = 0;
  for (int64_t batch = plan.firstBatch; batch < plan.firstBatch + plan.batches; ++batch) {
    cancellation.throwIfCancelled();
    const std::span<const uint32_t> rows = sampler.batch(batch);
    const auto images = static_cast<int64_t>(rows.size());
    const Slice slice =
        group_ == nullptr ? sliceOf(images, 0, 1) : sliceOf(images, group_->rank(), group_->size());
    Pass pass =
        Pass::training(at::detail::createCPUGenerator(seedOf(RandomStream::kDropout)),
                       slice.whole ? nullptr : group_, {.images = plan.images, .first = first + slice.first});
    // Several processes stop between steps, all at the same one.
    if (group_ == nullptr) pass = pass.stoppableBy(cancellation);
    const Answered answered =
        input.answer(rows.subspan(static_cast<size_t>(slice.first), static_cast<size_t>(slice.images)), pass,
                     seedOf(RandomStream::kAugmentation));
    at::Tensor loss = trainingLoss(answered.logits, answered.labels, recipe_.labelSmoothing);
    // Its share in the mean over the whole step.
    const double share = slice.weight * static_cast<double>(images) / static_cast<double>(plan.images);
    if (share != 1) loss = loss * share;
    cancellation.throwIfCancelled();
    backward(scaler_.scale() == 1 ? loss : loss * scaler_.scale(),
             batch + 1 == plan.firstBatch + plan.batches);
    total = total.defined() ? total + loss.detach() : loss.detach();
    first += images;
  }
  return total;
}

void Learner::backward(const at::Tensor& loss, bool last) {
  if (last && reduction_ != nullptr) {
    reduction_->backward(loss);
  } else {
    loss.backward();
  }
}

void Learner::forgetStep() {
  optimizer_.clearGradients();
  statistics_.restore();
}

std::vector<std::pair<std::string, at::Tensor>> Learner::tensors() const {
  auto tensors = optimizer_.moments();
  if (average_) {
    for (auto& named : average_->tensors()) tensors.push_back(std::move(named));
  }
  return tensors;
}

void Learner::restart() {
  if (average_) average_->restart();
}

void Learner::restore(int64_t steps, const LossScaler::State& scale) {
  optimizer_.setSteps(steps);
  scaler_.restore(scale);
}

}  // namespace healthtensor
