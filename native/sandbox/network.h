#pragma once

#include "protection.h"

namespace healthtensor::sandbox {

/// Moves this process into a network of its own, which has not even a loopback that is up, and into own
/// System V IPC and host names; without privileges by way of a user namespace, where the system lets ordinary
/// users have one.
Protection leaveNetwork();

}  // namespace healthtensor::sandbox
