#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"
#include "models/weights_file.h"

namespace healthtensor {
namespace {

constexpr size_t kNumbersAtOnce = 1 << 16;

// 2 (1 - |cosine|) of a row in two files, its numbers coming one pair after the other.
class RowPair {
 public:
  void add(double a, double b) {
    product_ += a * b;
    squareOfA_ += a * a;
    squareOfB_ += b * b;
  }

  // A row of zeros is like another one and like nothing else.
  double squaredDistance() const {
    if (squareOfA_ == 0 && squareOfB_ == 0) return 0;
    if (squareOfA_ == 0 || squareOfB_ == 0) return 2;
    const double cosine = product_ / std::sqrt(squareOfA_ * squareOfB_);
    return 2 * std::max(0.0, 1 - std::abs(cosine));
  }

 private:
  double product_ = 0;
  double squareOfA_ = 0;
  double squareOfB_ = 0;
};

struct Mean {
  double sum = 0;
  double weight = 0;

  void add(double value, double by) {
    sum += value * by;
    weight += by;
  }
  double root() const { return weight == 0 ? 0 : std::sqrt(sum / weight); }
};

void addRows(const StateTensor& tensor, const WeightsFile& file, const WeightsFile& other, Mean& mean) {
  const int64_t length = tensor.elements() / tensor.shape.front();
  std::vector<float> own(kNumbersAtOnce);
  std::vector<float> others(kNumbersAtOnce);
  RowPair row;
  int64_t inRow = 0;
  inParts(tensor, kNumbersAtOnce, [&](uint64_t first, size_t count) {
    file.read(tensor, std::span(own).first(count), first);
    other.read(tensor, std::span(others).first(count), first);
    for (size_t i = 0; i < count; ++i) {
      row.add(own[i], others[i]);
      if (++inRow < length) continue;
      mean.add(row.squaredDistance(), static_cast<double>(length));
      row = {};
      inRow = 0;
    }
  });
}

}  // namespace

WeightsDistance weightsDistance(const ModelSpec& spec, const std::string& path, const std::string& other) {
  const std::unique_ptr<Model> model = buildModel(spec);
  const WeightsFile first(path, *model);
  const WeightsFile second(other, *model);
  Mean backbone;
  Mean head;
  for (const StateTensor& tensor : model->state().entries()) {
    if (tensor.shape.size() >= 2) addRows(tensor, first, second, tensor.head ? head : backbone);
  }
  const Mean all{.sum = backbone.sum + head.sum, .weight = backbone.weight + head.weight};
  return {.relative = all.root(), .backbone = backbone.root(), .head = head.root()};
}

}  // namespace healthtensor
