#include "distributed/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <thread>

#include "failure.h"

namespace healthtensor {
namespace {

constexpr int kBacklog = 1024;

[[noreturn]] void refuse(const std::string& what, const std::string& reason) {
  throw Failure("GROUP_ADDRESS", what + ": " + reason);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList resolve(const std::string& host, int port, int socketType, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = socketType;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (result != 0) refuse("The address " + host + " is unknown", gai_strerror(result));
  return {found, &freeaddrinfo};
}

// The first address for which `use` succeeds with a socket of its family; -1 with errno set when none does.
int firstSocket(const AddressList& addresses, const std::function<bool(int, const addrinfo&)>& use) {
  int error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const int descriptor =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    if (descriptor >= 0 && use(descriptor, *address)) return descriptor;
    error = errno;
    if (descriptor >= 0) close(descriptor);
  }
  errno = error;
  return -1;
}

}  // namespace

ListeningSocket::ListeningSocket(const std::string& address, int port) {
  const AddressList addresses = resolve(address, port, SOCK_STREAM, AI_PASSIVE);
  descriptor_ = firstSocket(addresses, [](int descriptor, const addrinfo& to) {
    const int yes = 1;
    // A run that has just ended must not keep the port from the next one.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    return bind(descriptor, to.ai_addr, to.ai_addrlen) == 0 && listen(descriptor, kBacklog) == 0;
  });
  if (descriptor_ < 0) {
    refuse("Cannot listen on " + address + " port " + std::to_string(port) + ", where the processes meet",
           systemMessage(errno));
  }
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &length);
  port_ = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(own).sin_port);
}

ListeningSocket::~ListeningSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool somethingListens(const std::string& host, int port, std::chrono::milliseconds atMost) {
  const auto deadline = std::chrono::steady_clock::now() + atMost;
  const AddressList addresses = resolve(host, port, SOCK_STREAM, 0);
  const int descriptor = firstSocket(addresses, [&](int candidate, const addrinfo& to) {
    timeval patience{.tv_sec = atMost.count() / 1000, .tv_usec = atMost.count() % 1000 * 1000};
    setsockopt(candidate, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return connect(candidate, to.ai_addr, to.ai_addrlen) == 0;
  });
  if (descriptor >= 0) close(descriptor);
  // A refusal comes at once; whoever asks again should not do so in a tight loop.
  if (descriptor < 0) std::this_thread::sleep_until(deadline);
  return descriptor >= 0;
}

std::string addressTowards(const std::string& host, int port) {
  // Connecting a datagram socket sends nothing: it only has the system choose the route.
  const AddressList addresses = resolve(host, port, SOCK_DGRAM, 0);
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  const int descriptor = firstSocket(addresses, [&](int candidate, const addrinfo& to) {
    return connect(candidate, to.ai_addr, to.ai_addrlen) == 0 &&
           getsockname(candidate, reinterpret_cast<sockaddr*>(&own), &length) == 0;
  });
  if (descriptor < 0) refuse("There is no way to " + host, systemMessage(errno));
  close(descriptor);
  std::array<char, NI_MAXHOST> digits{};
  const int result = getnameinfo(reinterpret_cast<const sockaddr*>(&own), length, digits.data(),
                                 digits.size(), nullptr, 0, NI_NUMERICHOST);
  if (result != 0) refuse("The way to " + host + " has no address", gai_strerror(result));
  return digits.data();
}

}  // namespace healthtensor
