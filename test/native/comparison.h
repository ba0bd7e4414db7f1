#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace healthtensor::checks {

/// The largest difference of two tensors, as a part of the largest value of the second; NaN counts as
/// infinite.
double largestError(const at::Tensor& found, const at::Tensor& expected);

/// What one case came to: named errors, printed as one JSON object on one line.
class Report {
 public:
  Report(std::string operation, at::ScalarType type, std::string name);
  void add(const std::string& quantity, const at::Tensor& found, const at::Tensor& expected);
  void print() const;

 private:
  std::string head_;
  std::vector<std::pair<std::string, double>> errors_;
};

/// Prints whether something that is right or wrong was right.
void printFact(const std::string& fact, bool holds);

}  // namespace healthtensor::checks
