#include "models/head.h"

#include <ATen/core/Tensor.h>

#include "models/model_spec.h"

namespace healthtensor {

Head::Head(StateTable& state, const ModelSpec& spec, int64_t inputs, const std::string& linearName,
           double dropout)
    : dropout_(dropout) {
  const int64_t hidden = spec.whole("hidden");
  if (hidden == 0) {
    output_.emplace(state, linearName, inputs, spec.classes);
  } else {
    hidden_.emplace(state, "head.fc1", inputs, hidden);
    output_.emplace(state, "head.fc2", hidden, spec.classes);
  }
}

at::Tensor Head::operator()(const at::Tensor& features, const Pass& pass) const {
  at::Tensor x = features;
  if (hidden_) x = (*hidden_)(x, pass, Activation::kRelu);
  if (dropout_ > 0) x = dropout(x, dropout_, pass);
  return (*output_)(x, pass).to(at::kFloat);
}

at::Tensor globalAveragePool(const at::Tensor& x) {
  return x.mean({2, 3}, /*keepdim=*/false, /*dtype=*/at::kFloat);
}

}  // namespace healthtensor
