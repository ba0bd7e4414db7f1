// @ts-check
import { existsSync } from 'node:fs';

/** Where the NVIDIA driver's device and its user-space library are found on Linux and in containers. */
const SIGNS = [
  '/dev/nvidiactl',
  '/usr/lib/x86_64-linux-gnu/libcuda.so.1',
  '/usr/lib/aarch64-linux-gnu/libcuda.so.1',
  '/usr/lib64/libcuda.so.1',
  '/usr/lib/wsl/lib/libcuda.so.1',
  '/usr/local/nvidia/lib64/libcuda.so.1',
];

/**
 * The libtorch that suits this machine when nobody says: CUDA on a host with an NVIDIA driver.
 * @param {(path: string) => boolean} [exists]
 * @returns {'cpu' | 'cuda'}
 */
export function machineKind(exists = existsSync) {
  return SIGNS.some(exists) ? 'cuda' : 'cpu';
}
