#include "kernels/first_order.h"

#include <c10/core/GradMode.h>

#include <string>

#include "failure.h"

namespace healthtensor {

void requireFirstOrder(const char* operation) {
  if (c10::GradMode::is_enabled()) {
    throw Failure(
        "NO_SECOND_DERIVATIVE",
        std::string(operation) + " has no second derivative: run the backward pass without create_graph");
  }
}

}  // namespace healthtensor
