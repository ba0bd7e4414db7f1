#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/augmentation.h"

namespace healthtensor {

class BatchBuilder;
class Model;
class Pass;

/// What a model answers to some images in training, and what is to be seen in them.
struct Answered {
  at::Tensor logits;  ///< float32 [n, classes], differentiable
  at::Tensor labels;  ///< float32 [n, classes]
};

/// Where the answers of a step come from: the whole network, or its head alone on kept features.
class TrainingInput {
 public:
  virtual ~TrainingInput() = default;
  /// `stepSeed` is the step's own, for augmentation; the pass says which part of the step the rows are.
  virtual Answered answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t stepSeed) = 0;
};

/// Images through the whole network, changed by the augmentation if there is one.
class ImageInput final : public TrainingInput {
 public:
  ImageInput(Model& model, const BatchBuilder& batches, const Augmentation& augmentation)
      : model_(model), batches_(batches), augmentation_(augmentation) {}
  Answered answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t stepSeed) override;

 private:
  Model& model_;
  const BatchBuilder& batches_;
  Augmentation augmentation_;
};

}  // namespace healthtensor
