// The launcher of evaluation workers: gives up what the process has no use for, then becomes the program that
// it is told. Before the program starts, because most measures hold for the thread that takes them and for
// what it starts later, and Node.js has several threads from its first moment on. src/engine/sandbox/ writes
// the command line.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "file_view.h"
#include "network.h"
#include "orders.h"
#include "privileges.h"
#include "resources.h"
#include "system_calls.h"

namespace healthtensor::sandbox {
namespace {

constexpr int kFailed = 126;

int launch(const Orders& orders) {
  if (!belongToParent(orders)) return kFailed;
  // In this order: each takes away what the ones before it need.
  const std::array measures{
      limitResources(orders),
      leaveNetwork(),
      dropPrivileges(),
      restrictFiles(orders),
      restrictSystemCalls({.gpu = !orders.devices.empty()}),
  };
  if (orders.probe) {
    for (const Protection& measure : measures) {
      std::printf("%c%s %s\n", measure.inForce ? '+' : '-', measure.name.c_str(), measure.detail.c_str());
    }
    return std::fflush(stdout) == 0 ? 0 : kFailed;
  }
  execv(orders.command.front(), orders.command.data());
  std::fprintf(stderr, "Error: cannot start %s: %s\n", orders.command.front(), std::strerror(errno));
  return kFailed;
}

}  // namespace
}  // namespace healthtensor::sandbox

int main(int count, char** arguments) {
  try {
    return healthtensor::sandbox::launch(healthtensor::sandbox::ordersOf(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
    return healthtensor::sandbox::kFailed;
  }
}
