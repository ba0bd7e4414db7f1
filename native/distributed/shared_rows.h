#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>

namespace healthtensor {

class Collective;

/// What `compute` makes of some rows, [n, ...] for n of them; no gradients.
using RowFunction = std::function<at::Tensor(std::span<const uint32_t> rows)>;

/// The same of all rows, everywhere, with every process computing its part; without a collective, all of it.
at::Tensor sharedRows(Collective* collective, std::span<const uint32_t> rows, const RowFunction& compute);

}  // namespace healthtensor
