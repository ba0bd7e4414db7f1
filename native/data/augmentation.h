#pragma once

namespace healthtensor {

/// Random changes of the training images, drawn uniformly in plus or minus the value; all zero: none.
struct Augmentation {
  double rotation = 0;    ///< degrees
  double shift = 0;       ///< part of the image's size
  double scale = 0;       ///< part of the image's size
  double contrast = 0;    ///< part of the contrast
  double brightness = 0;  ///< added to a gray value of 0..1
  double noise = 0;       ///< standard deviation, of a gray value of 0..1
  double flip = 0;        ///< probability of a horizontal flip

  bool operator==(const Augmentation&) const = default;
};

}  // namespace healthtensor
