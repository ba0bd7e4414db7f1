#include "distributed/gradient_reduction.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include "distributed/process_group.h"

namespace healthtensor {
namespace {

// The Reducer warns that the gradients of kernels with one input channel have other strides than its buckets.
// It is the same memory: a dimension of one has no stride that matters.
class NoWarnings final : public c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

// Buckets in the order in which a backward pass is likely to fill them: from the last layer to the first. The
// Reducer puts them in the true order after the first pass.
std::unique_ptr<c10d::Reducer> makeReducer(ProcessGroup& group, std::vector<at::Tensor> parameters) {
  auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(
      parameters, {c10d::kDefaultFirstBucketBytes, c10d::kDefaultBucketBytesCap});
  std::reverse(buckets.begin(), buckets.end());
  const std::vector<bool> sparse(parameters.size(), false);
  return std::make_unique<c10d::Reducer>(
      std::move(parameters), std::move(buckets), group.backend(), sparse, c10d::kDefaultBucketBytesCap,
      /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true,
      /*param_names=*/std::unordered_map<size_t, std::string>(), c10d::kDefaultFirstBucketBytes,
      /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false,
      /*bucket_bytes_cap_list=*/std::vector<int64_t>());
}

}  // namespace

struct GradientReduction::Implementation {
  ProcessGroup& group;
  std::unique_ptr<c10d::Reducer> reducer;
};

GradientReduction::GradientReduction(ProcessGroup& group, std::vector<at::Tensor> parameters)
    : implementation_(new Implementation{group, makeReducer(group, std::move(parameters))}) {}

GradientReduction::~GradientReduction() = default;

void GradientReduction::backward(const at::Tensor& loss) {
  implementation_->group.communicate([&] {
    NoWarnings noWarnings;
    const c10::WarningUtils::WarningHandlerGuard guard(&noWarnings);
    c10d::Reducer& reducer = *implementation_->reducer;
    reducer.prepare_for_forward();
    if (reducer.should_rebuild_buckets()) reducer.rebuild_buckets();
    reducer.prepare_for_backward({});
    loss.backward();
  });
}

}  // namespace healthtensor
