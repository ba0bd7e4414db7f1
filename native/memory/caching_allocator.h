#pragma once

namespace healthtensor {

/// Tensor memory of the CPU that is kept for reuse while work goes on. The C library gives every large tensor
/// back to the system and has each page of the next one zeroed and mapped anew, which takes longer than most
/// operations on it; here a block that was freed serves the next tensor of about its size.
///
/// Hold one for as long as a model works: the first in a process puts the allocator in place, so it must come
/// before any tensor; with the last one everything that is kept goes back to the system. Any thread.
class CachedMemory {
 public:
  CachedMemory();
  ~CachedMemory();
  CachedMemory(const CachedMemory&) = delete;
  CachedMemory& operator=(const CachedMemory&) = delete;
};

}  // namespace healthtensor
