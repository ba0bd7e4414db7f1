#include "memory/caching_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>

namespace healthtensor {
namespace {

constexpr size_t kAlignment = 64;              // what ATen's vectorised kernels and oneDNN want
constexpr size_t kSmallestKept = 64 << 10;     // below this the C library reuses memory well by itself
constexpr size_t kHugePage = 2 << 20;          // of x86-64 and, in its usual configuration, arm64
constexpr size_t kMostKept = size_t{4} << 30;  // bytes that lie idle; more goes back to the system at once

// Few sizes, so that a tensor a little smaller finds the block of the one before; large ones in whole huge
// pages.
size_t roundedUp(size_t bytes) {
  const size_t step = bytes < 8 * kHugePage ? kSmallestKept : kHugePage;
  if (bytes > SIZE_MAX - step) throw std::bad_alloc();
  return (bytes + step - 1) / step * step;
}

class CachingAllocator final : public c10::Allocator {
 public:
  // Never destroyed: tensors in static objects may be freed after it would be.
  static CachingAllocator& instance() {
    static auto* const allocator = new CachingAllocator();
    return *allocator;
  }

  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device cpu(c10::DeviceType::CPU);
    if (bytes == 0) return {nullptr, nullptr, &release, cpu};
    void* memory = bytes < kSmallestKept ? aligned(kAlignment, bytes) : block(roundedUp(bytes));
    return {memory, memory, &release, cpu};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

  void enter() {
    const std::lock_guard lock(mutex_);
    ++users_;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) giveBack();
  }

 private:
  using Blocks = std::multimap<size_t, void*>;

  static void* aligned(size_t alignment, size_t bytes) {
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
    return memory;
  }

  void* block(size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto fits = idle_.lower_bound(bytes);
    if (fits != idle_.end() && fits->first - bytes <= bytes / 4) {
      void* memory = fits->second;
      // The node moves between the maps and back, so that freeing never needs memory.
      Blocks::node_type& node = busy_[memory];
      idleBytes_ -= fits->first;
      node = idle_.extract(fits);
      return memory;
    }
    return freshBlock(bytes);
  }

  void* freshBlock(size_t bytes) {
    const size_t alignment = bytes < kHugePage ? kAlignment : kHugePage;
    std::unique_ptr<void, decltype(&std::free)> memory(nullptr, &std::free);
    try {
      memory.reset(aligned(alignment, bytes));
    } catch (const std::bad_alloc&) {
      giveBack();
      memory.reset(aligned(alignment, bytes));
    }
    // A wish, which the system may refuse without harm.
    if (bytes >= kHugePage) madvise(memory.get(), bytes, MADV_HUGEPAGE);
    Blocks one;
    one.emplace(bytes, memory.get());
    busy_[memory.get()] = one.extract(one.begin());
    return memory.release();
  }

  static void release(void* memory) { instance().giveUp(memory); }

  void giveUp(void* memory) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = busy_.find(memory);
      if (found != busy_.end()) {
        const size_t bytes = found->second.key();
        if (users_ > 0 && idleBytes_ + bytes <= kMostKept) {
          idleBytes_ += bytes;
          idle_.insert(std::move(found->second));
          memory = nullptr;
        }
        busy_.erase(found);
      }
    }
    std::free(memory);
  }

  void giveBack() {
    for (const auto& [bytes, memory] : idle_) std::free(memory);
    idle_.clear();
    idleBytes_ = 0;
  }

  std::mutex mutex_;
  int64_t users_ = 0;
  Blocks idle_;
  size_t idleBytes_ = 0;
  /// Blocks in use, by address, each with its node of `idle_`; smaller memory is not in it.
  std::unordered_map<void*, Blocks::node_type> busy_;
};

void install() {
  constexpr uint8_t kAboveDefault = 1;
  c10::SetCPUAllocator(&CachingAllocator::instance(), kAboveDefault);
}

}  // namespace

CachedMemory::CachedMemory() {
  static std::once_flag installed;
  std::call_once(installed, install);
  CachingAllocator::instance().enter();
}

CachedMemory::~CachedMemory() { CachingAllocator::instance().leave(); }

}  // namespace healthtensor
