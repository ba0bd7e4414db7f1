#pragma once

#include <memory>
#include <span>
#include <string>

#include "models/model_spec.h"

namespace healthtensor {

class Model;

/// A numeric setting of an architecture: what it is when not given, and between which values it may lie.
struct OptionRange {
  const char* name;
  double standard;
  double minimum;
  double maximum;
};

/// One row of the table of architectures.
struct Architecture {
  const char* name;
  std::span<const OptionRange> options;
  std::unique_ptr<Model> (*build)(const ModelSpec& spec);
};

std::span<const Architecture> architectures();

/// Declares the model of a spec; allocates no tensor. Throws UNKNOWN_ARCHITECTURE or BAD_CONFIG: the spec may
/// be a stranger's.
std::unique_ptr<Model> buildModel(const ModelSpec& spec);

}  // namespace healthtensor
