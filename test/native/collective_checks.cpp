#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>

#include <barrier>
#include <thread>
#include <vector>

#include "checks.h"
#include "comparison.h"
#include "distributed/collective.h"
#include "norm_checks.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

/// Two threads of one process that sum as two processes would.
class Pair {
 public:
  void sum(int rank, at::Tensor& tensor) {
    parts_[rank] = tensor.clone();
    barrier_.arrive_and_wait();
    tensor.copy_(parts_[0] + parts_[1]);
    barrier_.arrive_and_wait();
  }

 private:
  at::Tensor parts_[2];
  std::barrier<> barrier_{2};
};

class OneOfTwo final : public Collective {
 public:
  OneOfTwo(Pair& pair, int rank) : pair_(pair), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return 2; }
  void sum(at::Tensor& tensor) override { pair_.sum(rank_, tensor); }
  void broadcast(at::Tensor&) override {}

 private:
  Pair& pair_;
  const int rank_;
};

struct Outcome {
  at::Tensor y;
  at::Tensor inputGradient;
  NormTensors norm;
};

Outcome run(const at::Tensor& values, const at::Tensor& gradient, const NormTensors& norm,
            Collective* collective) {
  const at::Tensor x = leaf(values);
  const at::Tensor y = normActivation(x, norm, Activation::kSilu, std::nullopt, collective);
  y.backward(gradient);
  return {y.detach(), x.grad(), norm};
}

/// Shares of 3 and 2 images: the means must be weighted.
void checkType(at::ScalarType type) {
  const at::Tensor values = normal({5, 24, 6, 7}, type, 2, 3);
  const at::Tensor gradient = normal(values.sizes(), type);
  const at::Tensor weight = normal({24}, at::kFloat, 0.5, 1);
  const at::Tensor bias = normal({24}, at::kFloat);
  const Outcome whole = run(values, gradient, normTensors(weight, bias), nullptr);

  Pair pair;
  Outcome parts[2];
  const auto part = [&](int rank) {
    at::set_num_threads(1);
    OneOfTwo collective(pair, rank);
    const int64_t from = rank == 0 ? 0 : 3;
    const int64_t images = rank == 0 ? 3 : 2;
    parts[rank] = run(values.narrow(0, from, images), gradient.narrow(0, from, images),
                      normTensors(weight, bias), &collective);
  };
  std::thread other(part, 1);
  part(0);
  other.join();
  at::set_num_threads(2);

  Report report("norm of two processes", type, "3 + 2 images");
  report.add("y", at::cat({parts[0].y, parts[1].y}), whole.y);
  report.add("inputGradient", at::cat({parts[0].inputGradient, parts[1].inputGradient}), whole.inputGradient);
  report.add("weightGradient", parts[0].norm.weight.grad() + parts[1].norm.weight.grad(),
             whole.norm.weight.grad());
  report.add("biasGradient", parts[0].norm.bias.grad() + parts[1].norm.bias.grad(), whole.norm.bias.grad());
  report.add("runningMean", parts[1].norm.runningMean, whole.norm.runningMean);
  report.add("runningVariance", parts[1].norm.runningVariance, whole.norm.runningVariance);
  report.print();
  printFact("both processes have the same running estimates",
            at::equal(parts[0].norm.runningMean, parts[1].norm.runningMean) &&
                at::equal(parts[0].norm.runningVariance, parts[1].norm.runningVariance));
}

}  // namespace

void checkCollective() {
  checkType(at::kFloat);
  checkType(at::kBFloat16);
}

}  // namespace healthtensor::checks
