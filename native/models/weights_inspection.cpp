#include <iomanip>
#include <map>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "checksum.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"
#include "models/weights_file.h"
#include "sha256.h"

namespace healthtensor {
namespace {

constexpr size_t kPart = 1 << 16;

// One line: what a tensor is called and how its bytes are to be read.
std::string describe(const StateTensor& tensor) {
  std::string sizes;
  for (const int64_t size : tensor.shape) sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  return tensor.name + " F32 " + sizes + "\n";
}

std::string hexadecimal(uint64_t number) {
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << number;
  return text.str();
}

}  // namespace

Inspection inspectWeights(const ModelSpec& spec, const std::string& path) {
  const std::unique_ptr<Model> model = buildModel(spec);
  const WeightsFile file(path, *model);
  std::map<std::string_view, const StateTensor*> byName;
  for (const StateTensor& tensor : model->state().entries()) byName[tensor.name] = &tensor;

  Sha256 digest;
  uint64_t backbone = 0;
  std::vector<float> values(kPart);
  for (const auto& [name, tensor] : byName) {
    const std::string description = describe(*tensor);
    const auto add = [&, isHead = tensor->head](const void* bytes, size_t count) {
      digest.update(bytes, count);
      if (!isHead) backbone = xxHash64(bytes, count, backbone);
    };
    add(description.data(), description.size());
    inParts(*tensor, kPart, [&](uint64_t first, size_t count) {
      const std::span part = std::span(values).first(count);
      file.read(*tensor, part, first);
      add(part.data(), part.size_bytes());
    });
  }
  return {.parameters = model->state().parameterCount(),
          .tensorDigest = digest.hex(),
          .backboneDigest = hexadecimal(backbone)};
}

}  // namespace healthtensor
