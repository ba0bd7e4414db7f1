#pragma once

#include <memory>
#include <span>
#include <vector>

#include "models/model_spec.h"
#include "models/options.h"

namespace healthtensor {

class Model;

/// One row of the table of architectures.
struct Architecture {
  const char* name;
  std::vector<OptionFacts> options;
  std::unique_ptr<Model> (*build)(const ModelSpec& spec);
};

std::span<const Architecture> architectures();

/// Declares the model of a spec; allocates no tensor. Throws UNKNOWN_ARCHITECTURE or BAD_CONFIG: the spec may
/// be a stranger's.
std::unique_ptr<Model> buildModel(const ModelSpec& spec);

}  // namespace healthtensor
