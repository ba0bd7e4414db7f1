#include <c10/core/CPUAllocator.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <random>
#include <vector>

#include "checks.h"
#include "comparison.h"
#include "memory/caching_allocator.h"

namespace healthtensor::checks {
namespace {

constexpr size_t kMib = 1 << 20;

/// Resident bytes of this process.
size_t resident() {
  size_t size = 0;
  size_t pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%zu %zu", &size, &pages) != 2) return 0;
  std::fclose(file);
  return pages * 4096;
}

c10::DataPtr filled(size_t bytes, int value) {
  c10::DataPtr block = c10::GetCPUAllocator()->allocate(bytes);
  std::memset(block.get(), value, bytes);
  return block;
}

bool holds(const c10::DataPtr& block, size_t bytes, int value) {
  const auto* const values = static_cast<const unsigned char*>(block.get());
  for (size_t i = 0; i < bytes; ++i) {
    if (values[i] != value) return false;
  }
  return true;
}

void checkReuse() {
  const CachedMemory memory;
  const size_t before = resident();
  std::vector<c10::DataPtr> parts;
  for (int part = 0; part < 16; ++part) parts.push_back(filled(8 * kMib, part));
  const size_t full = resident();
  parts.clear();
  const c10::DataPtr whole = filled(128 * kMib, 1);
  printFact("what small blocks have left serves a large one",
            full - before > 120 * kMib && resident() - full < 4 * kMib);
}

void checkGivingBack() {
  const size_t before = resident();
  c10::DataPtr survivor;
  {
    const CachedMemory memory;
    survivor = filled(64 * kMib, 3);
    filled(128 * kMib, 4);
  }
  printFact("with the last user free memory goes back, and what is in use stays",
            resident() - before < 70 * kMib && holds(survivor, 64 * kMib, 3));
  survivor.clear();
  printFact("without users memory goes back at once", resident() - before < 6 * kMib);
}

void checkRandomUse() {
  const CachedMemory memory;
  std::mt19937 random(1);
  struct Part {
    c10::DataPtr block;
    size_t bytes;
    int value;
  };
  std::vector<Part> parts;
  bool intact = true;
  bool aligned = true;
  for (int turn = 0; turn < 2000; ++turn) {
    if (parts.size() > 20 || (!parts.empty() && random() % 3 == 0)) {
      std::swap(parts[random() % parts.size()], parts.back());
      intact &= holds(parts.back().block, parts.back().bytes, parts.back().value);
      parts.pop_back();
    } else {
      // Mostly small, now and then up to 2 MiB.
      const size_t bytes = 1 + random() % (random() % 2 == 0 ? 100'000 : 2 * kMib);
      const int value = static_cast<int>(random() % 256);
      parts.push_back({filled(bytes, value), bytes, value});
      aligned &= reinterpret_cast<uintptr_t>(parts.back().block.get()) % 64 == 0;
    }
  }
  for (const Part& part : parts) intact &= holds(part.block, part.bytes, part.value);
  printFact("blocks in use are never handed out again", intact);
  printFact("blocks are aligned as ATen wants it", aligned);
}

bool refused(size_t bytes) {
  try {
    c10::GetCPUAllocator()->allocate(bytes);
    return false;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

}  // namespace

void checkMemory() {
  checkReuse();
  checkGivingBack();
  checkRandomUse();
  printFact("more than the machine has is refused", refused(size_t{1} << 50) && refused(SIZE_MAX - 1));
}

}  // namespace healthtensor::checks
