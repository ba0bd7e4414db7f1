#include "node/keep_loaded.h"

#include <dlfcn.h>

namespace healthtensor::node {

void keepLoaded() {
  Dl_info found{};
  if (dladdr(reinterpret_cast<const void*>(&keepLoaded), &found) != 0) {
    dlopen(found.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

}  // namespace healthtensor::node
