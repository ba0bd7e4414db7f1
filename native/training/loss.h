#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// Mean binary cross-entropy of float32 logits over images and labels, both [n, classes]. Each label is a
/// question of its own with two answers, so smoothing s moves it towards their middle: y (1 - s) + s / 2.
at::Tensor trainingLoss(const at::Tensor& logits, const at::Tensor& labels, double labelSmoothing);

}  // namespace healthtensor
