#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/model_spec.h"

namespace healthtensor {

/// A setting of an architecture: what it is when not given, and what it may be.
struct OptionFacts {
  const char* name;
  std::vector<double> standard;  ///< one number, or more when it is a list
  double minimum;
  double maximum;
  bool whole = false;                ///< whole numbers only
  bool list = false;                 ///< one to kLongestList numbers
  std::vector<double> choices = {};  ///< when not empty: one of these
};

/// The most numbers in an option that is a list.
inline constexpr size_t kLongestList = 6;

/// The given options, with the standard values of those not given. Throws BAD_CONFIG for a name that the
/// architecture does not know and for a value of the wrong kind or out of range.
std::map<std::string, OptionValue> completeOptions(const char* architecture,
                                                   std::span<const OptionFacts> facts,
                                                   const std::map<std::string, OptionValue>& given);

}  // namespace healthtensor
