#pragma once

#include <c10/util/intrusive_ptr.h>

#include "cancellation.h"
#include "distributed/group_options.h"
#include "distributed/listening_socket.h"

namespace c10d {
class Store;
}

namespace healthtensor {

/// How long an attempt to connect or a wait may take before the wish to stop is looked at.
inline constexpr std::chrono::milliseconds kPatience{250};

/// Meets the others at a key-value store over TCP that rank 0 keeps on its listening socket (null on the
/// others); returns when all have come. Throws GROUP_INCOMPLETE when they do not within the timeout, ABORTED
/// when cancelled.
c10::intrusive_ptr<c10d::Store> meet(const GroupOptions& options, ListeningSocket* listening,
                                     const Cancellation& cancellation);

/// Waits for a key for at most so long; whether it is there. The store's errors pass through.
bool waitFor(c10d::Store& store, const std::string& key, std::chrono::milliseconds atMost);

}  // namespace healthtensor
