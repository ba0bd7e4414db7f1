#include "evaluation/tally.h"

#include <utility>

#include "evaluation/metrics.h"

namespace healthtensor {
namespace {

constexpr auto kFindings = static_cast<size_t>(kClasses);

}  // namespace

Tally::Tally(size_t images) {
  logits_.reserve(images * kFindings);
  labels_.reserve(images);
  perImageLoss_.reserve(images);
}

void Tally::add(std::span<const float> logits, uint16_t labels) {
  double loss = 0;
  for (size_t finding = 0; finding < kFindings; ++finding) {
    const bool present = (labels >> finding & 1) != 0;
    loss += binaryCrossEntropy(logits[finding], present);
    calibration_[finding].add(sigmoid(logits[finding]), present);
  }
  logits_.insert(logits_.end(), logits.begin(), logits.end());
  labels_.push_back(labels);
  perImageLoss_.push_back(static_cast<float>(loss / kClasses));
  lossSum_ += loss / kClasses;
}

Evaluation Tally::finish() {
  Evaluation evaluation{
      .loss = meanLoss(), .perImageLoss = std::move(perImageLoss_), .logits = {}, .findings = {}};
  std::vector<float> scores(labels_.size());
  for (size_t finding = 0; finding < kFindings; ++finding) {
    for (size_t image = 0; image < scores.size(); ++image) {
      scores[image] = logits_[image * kFindings + finding];
    }
    const auto [auroc, auprc] = ranking(scores, labels_, static_cast<int>(finding));
    evaluation.findings[finding] = {.auroc = auroc,
                                    .auprc = auprc,
                                    .brier = calibration_[finding].brier(),
                                    .ece = calibration_[finding].expectedError()};
  }
  evaluation.logits = std::move(logits_);
  return evaluation;
}

}  // namespace healthtensor
