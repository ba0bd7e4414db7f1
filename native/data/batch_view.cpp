#include "data/batch_view.h"

#include <ATen/ops/empty.h>

#include "data/batch.h"
#include "memory/caching_allocator.h"
#include "progress.h"

namespace healthtensor {
namespace {

at::Tensor normalisedByTensors(const BatchViewRequest& request, const PixelCache& cache, at::Device device) {
  const int64_t size = cache.imageSize();
  at::Tensor pixels = at::empty({static_cast<int64_t>(request.rows.size()), size, size}, at::kByte);
  auto* next = pixels.mutable_data_ptr<uint8_t>();
  for (const uint32_t row : request.rows) {
    cache.read(row, {next, static_cast<size_t>(size * size)});
    next += size * size;
  }
  return Normalisation(request.spec, request.type, device).apply(pixels.to(device));
}

std::vector<float> values(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
  const float* first = plain.const_data_ptr<float>();
  return {first, first + plain.numel()};
}

}  // namespace

BatchView viewBatch(const BatchViewRequest& request) {
  const CachedMemory memory;
  const at::Device device = enterDevice(request.device);
  const BatchBuilder batches(std::make_shared<const PixelCache>(request.cachePath), request.spec, device,
                             request.type);
  batches.cache().checkRows(request.rows);
  BatchView view;
  Batch batch;
  for (int64_t round = 0; round < request.rounds; ++round) {
    const Stopwatch watch;
    batch = batches.build(request.rows, request.augmentation, request.seed, request.firstPosition);
    view.milliseconds.push_back(1000 * watch.seconds());
  }
  if (request.byTensors) batch.images = normalisedByTensors(request, batches.cache(), device);
  view.images = values(batch.images.permute({0, 2, 3, 1}));
  view.labels = values(batch.labels);
  return view;
}

}  // namespace healthtensor
