#pragma once

#include <tuple>
#include <type_traits>
#include <unordered_map>

#include "kernels/packed_convolution.h"
#include "kernels/packed_dense.h"

namespace healthtensor {

/// The packed layers of one model for one evaluation, each made when it is first needed.
class PackedLayers {
 public:
  /// The packed form of `layer`, which `pack` makes.
  template <typename Pack>
  const std::invoke_result_t<Pack>& of(const void* layer, const Pack& pack) {
    using Packed = std::invoke_result_t<Pack>;
    auto& known = std::get<std::unordered_map<const void*, Packed>>(layers_);
    const auto found = known.find(layer);
    return found != known.end() ? found->second : known.emplace(layer, pack()).first->second;
  }

 private:
  std::tuple<std::unordered_map<const void*, PackedConvolution>, std::unordered_map<const void*, PackedDense>>
      layers_;
};

}  // namespace healthtensor
