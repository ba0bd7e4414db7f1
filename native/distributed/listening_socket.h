#pragma once

#include <chrono>
#include <string>

namespace healthtensor {

/// A TCP socket that listens on one address and port only. Closes it unless it was handed over.
class ListeningSocket {
 public:
  /// Throws GROUP_ADDRESS when the address is not one of this machine's or the port is taken.
  ListeningSocket(const std::string& address, int port);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int descriptor() const { return descriptor_; }
  /// The port it listens on: one that was free if 0 was asked for.
  int port() const { return port_; }
  /// Gives the descriptor away; whoever takes it closes it.
  void handOver() { descriptor_ = -1; }

 private:
  int descriptor_ = -1;
  int port_ = 0;
};

/// Whether something accepts connections there; waits for an answer for at most so long.
bool somethingListens(const std::string& host, int port, std::chrono::milliseconds atMost);

/// The address, in digits, of this machine's interface through which it reaches the host. Nothing is sent.
/// Throws GROUP_ADDRESS.
std::string addressTowards(const std::string& host, int port);

}  // namespace healthtensor
