#include "evaluation/tally.h"

#include <utility>

#include "evaluation/metrics.h"

namespace healthtensor {
namespace {

constexpr auto kFindings = static_cast<size_t>(kClasses);

}  // namespace

Tally::Tally(size_t images) : images_(images), scores_(images * kFindings) {
  labels_.reserve(images);
  perImageLoss_.reserve(images);
}

void Tally::add(std::span<const float> logits, uint16_t labels) {
  const size_t image = labels_.size();
  double loss = 0;
  for (size_t finding = 0; finding < kFindings; ++finding) {
    const bool present = (labels >> finding & 1) != 0;
    loss += binaryCrossEntropy(logits[finding], present);
    calibration_[finding].add(sigmoid(logits[finding]), present);
    scores_[finding * images_ + image] = logits[finding];
  }
  labels_.push_back(labels);
  perImageLoss_.push_back(static_cast<float>(loss / kClasses));
  lossSum_ += loss / kClasses;
}

Evaluation Tally::finish() {
  Evaluation evaluation{.loss = meanLoss(), .perImageLoss = std::move(perImageLoss_), .findings = {}};
  for (size_t finding = 0; finding < kFindings; ++finding) {
    const std::span<const float> scores(scores_.data() + finding * images_, images_);
    const auto [auroc, auprc] = ranking(scores, labels_, static_cast<int>(finding));
    evaluation.findings[finding] = {.auroc = auroc,
                                    .auprc = auprc,
                                    .brier = calibration_[finding].brier(),
                                    .ece = calibration_[finding].expectedError()};
  }
  return evaluation;
}

}  // namespace healthtensor
