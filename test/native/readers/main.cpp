#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "failure.h"
#include "finite.h"
#include "safetensors.h"
#include "sha256.h"

// reader-checks BATCH FOLDER: reads files of weights as a validator does, and prints a line on each: "sound"
// with the digest of its data, or code and reason. BATCH holds the files, each behind its length (uint32,
// little-endian); one after the other they lie in FOLDER while they are read. For scripts/check-memory.mjs,
// which compiles it with sanitizers.

namespace healthtensor {
namespace {

// Each tensor in a buffer of just its size, so that a byte too many is found.
std::string digestOf(const SafetensorsReader& reader) {
  Sha256 digest;
  for (const SafetensorsEntry& entry : reader.entries()) {
    const size_t bytes = entry.end - entry.begin;
    if (entry.dtype == "F32") {
      std::vector<float> values(bytes / sizeof(float));
      reader.read(entry, values.data(), bytes);
      requireFinite(entry.name, values);
      digest.update(values.data(), bytes);
    } else {
      std::vector<char> values(bytes);
      reader.read(entry, values.data(), bytes);
      digest.update(values.data(), bytes);
    }
  }
  return digest.hex();
}

std::string lineOn(const std::string& path) {
  try {
    return "sound " + digestOf(SafetensorsReader(path));
  } catch (...) {
    const FailureText text = describe(std::current_exception());
    return text.code + " " + text.message;
  }
}

int readAll(const std::string& batch, const std::filesystem::path& folder) {
  std::ifstream file(batch, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string path = folder / "model.safetensors";
  for (size_t at = 0; at < bytes.size();) {
    uint32_t length = 0;
    if (bytes.size() - at < sizeof length) return 2;
    std::copy_n(bytes.data() + at, sizeof length, reinterpret_cast<char*>(&length));
    at += sizeof length;
    if (bytes.size() - at < length) return 2;
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data() + at, length);
    at += length;
    std::cout << lineOn(path) << '\n';
  }
  std::filesystem::remove(path);
  return std::cout.flush() ? 0 : 2;
}

}  // namespace
}  // namespace healthtensor

int main(int count, char** arguments) {
  if (count == 3) return healthtensor::readAll(arguments[1], arguments[2]);
  std::fprintf(stderr, "usage: reader-checks BATCH FOLDER\n");
  return 2;
}
