#include "comparison.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>

#include <cmath>
#include <cstdio>

namespace healthtensor::checks {

double largestError(const at::Tensor& found, const at::Tensor& expected) {
  if (found.sizes() != expected.sizes()) return HUGE_VAL;
  if (expected.numel() == 0) return 0;
  const double error = (found.to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>();
  const double scale = expected.to(at::kDouble).abs().max().item<double>();
  if (!std::isfinite(error)) return HUGE_VAL;
  return scale > 0 ? error / scale : error;
}

Report::Report(std::string operation, at::ScalarType type, std::string name)
    : head_("{\"operation\":\"" + operation + "\",\"type\":\"" +
            (type == at::kFloat ? "float32" : "bfloat16") + "\",\"case\":\"" + name + "\",\"errors\":{") {}

void Report::add(const std::string& quantity, const at::Tensor& found, const at::Tensor& expected) {
  errors_.emplace_back(quantity, largestError(found, expected));
}

void Report::print() const {
  std::string line = head_;
  for (const auto& [quantity, error] : errors_) {
    if (line.back() != '{') line += ',';
    char text[32];
    // JSON has no infinity.
    std::snprintf(text, sizeof text, "%.3g", std::isfinite(error) ? error : 1e300);
    line += "\"" + quantity + "\":" + text;
  }
  std::puts((line + "}}").c_str());
}

void printFact(const std::string& fact, bool holds) {
  std::printf("{\"fact\":\"%s\",\"holds\":%s}\n", fact.c_str(), holds ? "true" : "false");
}

}  // namespace healthtensor::checks
