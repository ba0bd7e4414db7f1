#pragma once

namespace healthtensor {

/// Called by the backward pass of an operation that has no second one: a backward pass that is itself to be
/// differentiated (create_graph) would lose this operation without a word. A Failure NO_SECOND_DERIVATIVE.
void requireFirstOrder(const char* operation);

}  // namespace healthtensor
