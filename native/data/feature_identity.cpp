#include "data/feature_identity.h"

#include <iomanip>
#include <sstream>

#include "checksum.h"

namespace healthtensor {
namespace {

uint64_t backboneHash(const Model& model) {
  uint64_t hash = 0;
  for (const StateTensor& entry : model.state().entries()) {
    if (entry.head) continue;
    // In the order of the indices, whatever the layout in memory; convolutions' weights are channels last.
    const at::Tensor plain = entry.tensor.detach().cpu().contiguous();
    hash = xxHash64(entry.name.data(), entry.name.size(), hash);
    hash = xxHash64(entry.shape.data(), entry.shape.size() * sizeof entry.shape[0], hash);
    hash = xxHash64(plain.const_data_ptr(), plain.nbytes(), hash);
  }
  return hash;
}

void write(std::ostringstream& text, const char* name, const std::vector<double>& numbers) {
  text << '\n' << name;
  for (const double number : numbers) text << ' ' << number;
}

}  // namespace

std::string featureIdentity(const Model& model, const ModelSpec& spec, const PixelCache& cache) {
  std::ostringstream text;
  text << std::setprecision(17);
  text << spec.architecture << ' ' << spec.channels << ' ' << spec.imageSize;
  for (const auto& [name, value] : spec.options) {
    const auto* list = std::get_if<std::vector<double>>(&value);
    write(text, name.c_str(), list != nullptr ? *list : std::vector<double>{std::get<double>(value)});
  }
  write(text, "mean", spec.mean);
  write(text, "std", spec.std);
  text << "\nbackbone " << backboneHash(model) << "\npixels";
  for (const unsigned byte : cache.fingerprint()) text << ' ' << byte;
  return text.str();
}

}  // namespace healthtensor
