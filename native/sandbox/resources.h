#pragma once

#include "orders.h"
#include "protection.h"

namespace healthtensor::sandbox {

/// Closes what was inherited by mistake, and makes this process die with its parent. False when the parent is
/// gone already.
bool belongToParent(const Orders& orders);

/// Limits for memory, files and core dumps. When the machine's memory runs out, this process is the first to
/// go.
Protection limitResources(const Orders& orders);

}  // namespace healthtensor::sandbox
