#include "models/state.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "random.h"

namespace healthtensor {

int64_t StateTensor::elements() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

StateTensor& StateTable::declare(std::string name, std::vector<int64_t> shape, Role role,
                                 Initialiser initialise, bool head) {
  return entries_.emplace_back(
      StateTensor{std::move(name), std::move(shape), role, std::move(initialise), at::Tensor(), head});
}

void StateTable::allocate(StateTensor& entry) {
  const auto layout = entry.shape.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  entry.tensor = at::empty(entry.shape, at::TensorOptions().dtype(at::kFloat).memory_format(layout));
}

void StateTable::initialise(uint64_t seed) {
  const at::NoGradGuard noGradients;
  at::Generator generator =
      at::detail::createCPUGenerator(deriveSeed(seed, RandomStream::kInitialisation, 0, 0));
  for (StateTensor& entry : entries_) {
    allocate(entry);
    entry.initialise(entry.tensor, generator);
  }
}

void StateTable::moveTo(at::Device device) {
  for (StateTensor& entry : entries_) entry.tensor = entry.tensor.to(device);
}

void StateTable::requireGradients() {
  for (StateTensor& entry : entries_) {
    if (entry.role == Role::kParameter) entry.tensor.set_requires_grad(true);
  }
}

int64_t StateTable::parameterCount() const {
  int64_t count = 0;
  for (const StateTensor& entry : entries_) {
    if (entry.role == Role::kParameter) count += entry.elements();
  }
  return count;
}

std::vector<at::Tensor> StateTable::parameters() const {
  std::vector<at::Tensor> parameters;
  for (const StateTensor& entry : entries_) {
    if (entry.role == Role::kParameter) parameters.push_back(entry.tensor);
  }
  return parameters;
}

}  // namespace healthtensor
