#pragma once

namespace healthtensor::node {

/// Keeps this addon, and with it libtorch, mapped until the process ends. Node unloads an addon when the last
/// worker thread that loaded it is gone, but libtorch leaves thread-local destructors and registrations
/// behind that would then call into nothing.
void keepLoaded();

}  // namespace healthtensor::node
