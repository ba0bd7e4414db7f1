#include "training/training_input.h"

#include "data/batch.h"
#include "models/model.h"

namespace healthtensor {

Answered ImageInput::answer(std::span<const uint32_t> rows, const Pass& pass, uint64_t stepSeed) {
  const Batch batch = augmentation_.isOff()
                          ? batches_.build(rows)
                          : batches_.build(rows, augmentation_, stepSeed, pass.part().first);
  return {.logits = model_.forward(batch.images, pass), .labels = batch.labels};
}

}  // namespace healthtensor
