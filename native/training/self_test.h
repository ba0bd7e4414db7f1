#pragma once

#include "device.h"

namespace healthtensor {

struct SelfTestResult {
  double firstLoss = 0;
  double lastLoss = 0;
};

/// A few steps of the smallest `mobile` on made-up images: every kind of operation of a training, in a
/// second.
SelfTestResult selfTest(const DeviceChoice& choice);

}  // namespace healthtensor
