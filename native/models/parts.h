#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <vector>

#include "models/pass.h"

namespace healthtensor {

/// features(part) of a few images after the other, where they are independent of each other: on a CPU, in
/// evaluation. So few that what networks of thin layers hand from one layer to the next stays in the last
/// level of cache: four images of 224 pixels a thread.
template <typename Features>
at::Tensor inParts(const at::Tensor& images, const Pass& pass, const Features& features) {
  constexpr int64_t kPixelsOfThread = 4 * 224 * 224;
  const int64_t pixels = std::max<int64_t>(images.size(2) * images.size(3), 1);
  const int64_t together = std::max<int64_t>(at::get_num_threads() * kPixelsOfThread / pixels, 1);
  if (pass.isTraining() || !images.is_cpu() || images.size(0) <= together) return features(images);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < images.size(0); first += together) {
    parts.push_back(features(images.narrow(0, first, std::min(together, images.size(0) - first))));
  }
  return at::cat(parts);
}

}  // namespace healthtensor
