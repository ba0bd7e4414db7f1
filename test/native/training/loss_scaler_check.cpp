#include <cstdio>
#include <cstring>

#include "training/loss_scaler.h"

// Plays steps to a loss scaler and prints its scale after each: `+<n>` = n steps whose gradients were finite,
// `-` = one that overflowed (printed as "stuck" where the scale is not to blame). The first argument is `on`
// or `off`.
int main(int count, char** arguments) {
  healthtensor::LossScaler scaler(count > 1 && std::strcmp(arguments[1], "on") == 0);
  std::printf("%g", scaler.scale());
  for (int i = 2; i < count; ++i) {
    int steps = 0;
    if (std::sscanf(arguments[i], "+%d", &steps) == 1) {
      for (int step = 0; step < steps; ++step) scaler.succeeded();
      std::printf(" %g", scaler.scale());
    } else if (scaler.overflowed()) {
      std::printf(" %g", scaler.scale());
    } else {
      std::printf(" stuck");
    }
  }
  std::printf("\n");
  return 0;
}
