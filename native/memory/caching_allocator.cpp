#include "memory/caching_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace healthtensor {
namespace {

constexpr size_t kAlignment = 64;      // what ATen's vectorised kernels and oneDNN want
constexpr size_t kGrain = 64 << 10;    // of blocks; smaller memory the C library reuses well by itself
constexpr size_t kHugePage = 2 << 20;  // of x86-64 and, in its usual configuration, arm64

size_t roundedUp(size_t bytes, size_t step) {
  if (bytes > SIZE_MAX - step) throw std::bad_alloc();
  return (bytes + step - 1) / step * step;
}

/// Cuts blocks out of one range of addresses, each out of the smallest free part that has room for it, and
/// joins what is freed with what is free beside it. A training step frees in about the reverse order, so the
/// highest address ever used, and with it the memory that is held, stays close to the most bytes ever in use
/// at once; the part beyond that address is the largest, and so the last to be taken.
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
    void* memory = bytes < kGrain ? aligned(bytes) : block(roundedUp(bytes, kGrain));
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
    if (--users_ > 0) return;
    for (const Ranges::value_type& range : ranges_) {
      if (range.second.idle) giveBack(range);
    }
  }

 private:
  struct Use {
    size_t bytes;
    bool idle;
  };
  using Ranges = std::map<char*, Use>;

  /// Reserves addresses for as much as the machine has memory, or for less where the process may not have so
  /// many. They cost nothing until they are used.
  CachingAllocator() {
    size_t bytes = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* memory;
    while ((memory = mmap(nullptr, bytes + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) ==
           MAP_FAILED) {
      bytes /= 2;
      if (bytes < kHugePage) throw std::bad_alloc();
    }
    begin_ = reinterpret_cast<char*>(roundedUp(reinterpret_cast<uintptr_t>(memory), kHugePage));
    usable_ = begin_;
    end_ = begin_ + bytes / kHugePage * kHugePage;
    // A wish, which the system may refuse without harm.
    madvise(begin_, static_cast<size_t>(end_ - begin_), MADV_HUGEPAGE);
    ranges_.emplace(begin_, Use{static_cast<size_t>(end_ - begin_), /*idle=*/true});
  }

  static void* aligned(size_t bytes) {
    void* memory = nullptr;
    if (posix_memalign(&memory, kAlignment, bytes) != 0) throw std::bad_alloc();
    return memory;
  }

  void* block(size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto fits = ranges_.end();
    for (auto range = ranges_.begin(); range != ranges_.end(); ++range) {
      if (!range->second.idle || range->second.bytes < bytes) continue;
      if (fits == ranges_.end() || range->second.bytes < fits->second.bytes) fits = range;
    }
    if (fits == ranges_.end()) throw std::bad_alloc();
    auto& [start, use] = *fits;
    makeUsable(start + bytes);
    if (use.bytes > bytes) ranges_.emplace_hint(std::next(fits), start + bytes, Use{use.bytes - bytes, true});
    use = {bytes, /*idle=*/false};
    return start;
  }

  /// The system counts only addresses that may be written as memory asked for.
  void makeUsable(char* end) {
    if (end <= usable_) return;
    const size_t bytes = roundedUp(static_cast<size_t>(end - usable_), kHugePage);
    if (mprotect(usable_, bytes, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    usable_ += bytes;
  }

  static void release(void* memory) { instance().giveUp(memory); }

  void giveUp(void* memory) {
    char* const start = static_cast<char*>(memory);
    if (start < begin_ || start >= end_) return std::free(memory);
    const std::lock_guard lock(mutex_);
    const auto range = ranges_.find(start);
    if (users_ == 0) giveBack(*range);
    range->second.idle = true;
    joinNext(range);
    if (range != ranges_.begin()) joinNext(std::prev(range));
  }

  void joinNext(Ranges::iterator range) {
    const auto next = std::next(range);
    if (next == ranges_.end() || !range->second.idle || !next->second.idle) return;
    range->second.bytes += next->second.bytes;
    ranges_.erase(next);
  }

  static void giveBack(const Ranges::value_type& range) {
    madvise(range.first, range.second.bytes, MADV_DONTNEED);
  }

  char* begin_;
  char* usable_;  // up to here, addresses have been made readable and writable
  char* end_;
  std::mutex mutex_;
  int64_t users_ = 0;
  Ranges ranges_;  // all of begin_ to end_
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
