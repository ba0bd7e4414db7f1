#pragma once

// See ../README.md.

#include <chrono>

namespace gloo {

class Context {
 public:
  // Called by an inline function of c10d's header that nothing of ours uses: without a definition here or an
  // export of libtorch's, a use of it does not link.
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
