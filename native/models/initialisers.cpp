#include "models/initialisers.h"

#include <cmath>

namespace healthtensor {
namespace {

// The draw happens in the plain row-major layout and is copied from there: the numbers must not depend on the
// memory format that the convolutions prefer.
template <typename Draw>
void drawRowMajor(at::Tensor& tensor, Draw draw) {
  at::Tensor plain = tensor.contiguous(at::MemoryFormat::Contiguous).clone(at::MemoryFormat::Contiguous);
  draw(plain);
  tensor.copy_(plain);
}

}  // namespace

Initialiser constant(double value) {
  return [value](at::Tensor& tensor, at::Generator&) { tensor.fill_(value); };
}

Initialiser glorotUniform(int64_t fanIn, int64_t fanOut) {
  const double limit = std::sqrt(6.0 / static_cast<double>(fanIn + fanOut));
  return [limit](at::Tensor& tensor, at::Generator& generator) {
    drawRowMajor(tensor, [&](at::Tensor& plain) { plain.uniform_(-limit, limit, generator); });
  };
}

Initialiser fanOutNormal(int64_t fanOut) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(fanOut));
  return [deviation](at::Tensor& tensor, at::Generator& generator) {
    drawRowMajor(tensor, [&](at::Tensor& plain) { plain.normal_(0.0, deviation, generator); });
  };
}

}  // namespace healthtensor
