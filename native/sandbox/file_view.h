#pragma once

#include "orders.h"
#include "protection.h"

namespace healthtensor::sandbox {

/// Leaves this process and its descendants the files of the orders, by Landlock (Linux 5.13, without
/// privileges): the rest can be neither read nor written, nothing can be created or removed, and, by kernel,
/// no TCP (6.7), no device controlled (6.10), no signal or abstract socket reaches a process outside (6.12).
/// https://docs.kernel.org/userspace-api/landlock.html
Protection restrictFiles(const Orders& orders);

}  // namespace healthtensor::sandbox
