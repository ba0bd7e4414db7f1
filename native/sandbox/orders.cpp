#include "orders.h"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace healthtensor::sandbox {
namespace {

template <typename T>
T numberIn(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("Expected a number but received " + std::string(text));
  }
  return number;
}

}  // namespace

Orders ordersOf(int count, char** arguments) {
  Orders orders;
  int at = 1;
  for (; at < count && std::string_view(arguments[at]) != "--"; ++at) {
    const std::string_view option = arguments[at];
    if (option == "--probe") {
      orders.probe = true;
      continue;
    }
    if (++at == count) throw std::invalid_argument("Expected a value for " + std::string(option));
    const char* value = arguments[at];
    if (option == "--read") {
      orders.readable.emplace_back(value);
    } else if (option == "--start") {
      orders.startable.emplace_back(value);
    } else if (option == "--device") {
      orders.devices.emplace_back(value);
    } else if (option == "--memory") {
      orders.memoryBytes = numberIn<uint64_t>(value);
    } else if (option == "--parent") {
      orders.parent = numberIn<pid_t>(value);
    } else {
      throw std::invalid_argument("Unknown option " + std::string(option));
    }
  }
  for (++at; at < count; ++at) orders.command.push_back(arguments[at]);
  if (orders.command.empty() && !orders.probe) throw std::invalid_argument("Expected a program after --");
  orders.command.push_back(nullptr);
  return orders;
}

}  // namespace healthtensor::sandbox
