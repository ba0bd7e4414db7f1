#include "training/train_request.h"

#include "data/pixel_cache.h"
#include "distributed/process_group.h"
#include "failure.h"
#include "training/sampler.h"

namespace healthtensor {

bool TrainRequest::leads() const { return group == nullptr || group->rank() == 0; }

void checkRequest(const TrainRequest& request) {
  if (request.trainRows.size() < 2) {
    throw Failure("NO_IMAGES", "Expected at least two images to train on but received " +
                                   std::to_string(request.trainRows.size()));
  }
  checkRecipe(request.recipe, request.device.cuda);
  if (request.isFrozen() && request.featureFolder.empty()) {
    throw Failure("BAD_RECIPE", "A frozen backbone (backboneRate 0) needs a featureCache folder");
  }
}

std::shared_ptr<const PixelCache> openCache(const TrainRequest& request) {
  auto cache = std::make_shared<const PixelCache>(request.cachePath);
  cache->checkRows(request.trainRows);
  cache->checkRows(request.validationRows);
  return cache;
}

EpochShape epochShape(const TrainRequest& request) {
  return {.batches = EpochSampler::batches(static_cast<int64_t>(request.trainRows.size()), request.batchSize),
          .accumulate = request.recipe.accumulate};
}

}  // namespace healthtensor
