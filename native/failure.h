#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace healthtensor {

/// An error with a stable code that TypeScript turns into a HealthTensorError or, for a miner's model, a
/// verdict.
class Failure : public std::runtime_error {
 public:
  Failure(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

/// What is told to JavaScript about an exception.
struct FailureText {
  std::string code;
  std::string message;
};

/// Code and one-line text of any exception: ours, libtorch's (without its stack trace), the standard
/// library's or unknown. Lack of memory is OUT_OF_MEMORY whatever threw it; what nobody foresaw is
/// ENGINE_FAILED.
FailureText describe(const std::exception_ptr& exception);

/// The system's text for an errno value, safe on any thread.
std::string systemMessage(int errorNumber);

}  // namespace healthtensor
