#include "failure.h"

#include <c10/util/Exception.h>

#include <new>
#include <string_view>
#include <system_error>

namespace healthtensor {
namespace {

FailureText outOfMemory(std::string_view detail) {
  return {"OUT_OF_MEMORY", "Out of memory; a smaller --batch_size needs less (" + std::string(detail) + ")"};
}

// The CPU allocator reports exhaustion as a plain c10::Error ("DefaultCPUAllocator: not enough memory"),
// oneDNN as a std::runtime_error, cuDNN and cuBLAS by a status; only CUDA itself has a class. So the text
// decides.
bool speaksOfMemory(std::string_view text) {
  for (std::string_view phrase : {"not enough memory", "can't allocate memory", "out of memory",
                                  "out_of_memory", "STATUS_ALLOC_FAILED"}) {
    if (text.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

std::string firstLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

FailureText describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Failure& failure) {
    return {failure.code(), failure.what()};
  } catch (const c10::Error& error) {
    const std::string message = firstLine(error.what_without_backtrace());
    return speaksOfMemory(message) ? outOfMemory(message) : FailureText{"ENGINE_FAILED", message};
  } catch (const std::bad_alloc& error) {
    return outOfMemory(error.what());
  } catch (const std::exception& error) {
    return speaksOfMemory(error.what()) ? outOfMemory(error.what())
                                        : FailureText{"ENGINE_FAILED", firstLine(error.what())};
  } catch (...) {
    return {"ENGINE_FAILED", "an exception of an unknown type"};
  }
}

std::string systemMessage(int errorNumber) { return std::system_category().message(errorNumber); }

}  // namespace healthtensor
