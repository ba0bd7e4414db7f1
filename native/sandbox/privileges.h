#pragma once

#include "protection.h"

namespace healthtensor::sandbox {

/// No program that this process starts has more rights than it (no set-uid), and of root's rights none is
/// left but that it may read what belongs to others: a validator that runs as root may keep its files in
/// another user's folder.
Protection dropPrivileges();

}  // namespace healthtensor::sandbox
