#include "distributed/shared_rows.h"

#include <ATen/ops/zeros.h>

#include "distributed/collective.h"
#include "distributed/slice.h"

namespace healthtensor {

at::Tensor sharedRows(Collective* collective, std::span<const uint32_t> rows, const RowFunction& compute) {
  const auto count = static_cast<int64_t>(rows.size());
  if (collective == nullptr) return compute(rows);
  const Slice slice = sliceOf(count, collective->rank(), collective->size());
  const at::Tensor own =
      compute(rows.subspan(static_cast<size_t>(slice.first), static_cast<size_t>(slice.images)));
  if (slice.whole) return own;
  std::vector<int64_t> shape = own.sizes().vec();
  shape[0] = count;
  at::Tensor all = at::zeros(shape, own.options());
  all.narrow(/*dim=*/0, slice.first, slice.images).copy_(own);
  // Everyone else's part of it is zero, so the sum is exact.
  collective->sum(all);
  return all;
}

}  // namespace healthtensor
