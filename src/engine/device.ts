import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HealthTensorError, messageOf } from '../common/index.js';
import type { DeviceRequest } from './device-request.js';
import { loadAddon } from './load-addon.js';
import type { NativeAddon, NativeDevice } from './native-addon.js';

/** Where the engine computes. */
export interface Device {
  kind: 'cpu' | 'cuda';
  /** Threads of an operation on the CPU. */
  threads: number;
  /** GPUs, by CUDA's numbers; empty on the CPU. Training takes a process for each, evaluation the first. */
  indices: readonly number[];
  /** Whether bf16 is faster than fp32 here. */
  bfloat16?: boolean;
  /** For the head of a run, e.g. `CPU (2 threads, AVX512)`. */
  description: string;
  /** What the operator should be told loudly: the GPU that was asked for is not used, or not all of them are. */
  warning?: string;
}

/**
 * Opens a device. A GPU that was asked for by number and is not there is DEVICE_UNAVAILABLE; `gpu` alone takes CUDA when
 * the machine has it, the first `gpus` of them, and otherwise the CPU with a warning that says why. `cpu` asks nothing
 * about CUDA.
 */
export async function openDevice(request: DeviceRequest, gpus = 1): Promise<Device> {
  const addon = await loadAddon();
  if (request.kind === 'cpu') return cpuDevice(addon, request.threads);
  const cuda = findCuda(addon);
  if (request.indices === undefined) {
    if ('reason' in cuda) {
      return { ...cpuDevice(addon), warning: `No GPU is used, everything runs on the CPU: ${cuda.reason}` };
    }
    return cudaDevice(addon, checked(cuda, [...Array(gpus).keys()]));
  }
  return cudaDevice(addon, checked(cuda, request.indices));
}

function checked(cuda: Cuda, indices: readonly number[]): readonly number[] {
  if ('reason' in cuda) throw unavailable(`Expected a GPU but there is none: ${cuda.reason}`);
  const missing = indices.find((index) => index >= cuda.devices);
  if (missing !== undefined) {
    throw unavailable(
      `Expected a GPU with the number ${missing} but there are ${cuda.devices}, counted from 0`,
    );
  }
  return indices;
}

/** The device as the addon takes it. */
export function nativeDevice(device: Device): NativeDevice {
  return { cuda: device.kind === 'cuda', index: device.indices[0] ?? 0, threads: device.threads };
}

function cpuDevice(addon: NativeAddon, asked?: number): Device {
  const { cpuCapability, cpuBfloat16, defaultThreads } = addon.info();
  const threads = asked ?? defaultThreads;
  const description = `CPU (${threads} thread${threads === 1 ? '' : 's'}, ${cpuCapability})`;
  return { kind: 'cpu', threads, indices: [], bfloat16: cpuBfloat16, description };
}

function cudaDevice(addon: NativeAddon, indices: readonly number[]): Device {
  const description = `CUDA GPU${indices.length > 1 ? 's' : ''} ${indices.join(', ')}`;
  const { bfloat16 } = addon.cudaInfo();
  return { kind: 'cuda', threads: addon.info().defaultThreads, indices, bfloat16, description };
}

type Cuda = { devices: number } | { reason: string };

/**
 * Looks for CUDA in the only safe order: driver, library, and not before both are there the question how many GPUs there
 * are. libtorch remembers the first answer for the life of the process.
 */
function findCuda(addon: NativeAddon): Cuda {
  if (!addon.cudaDriverPresent()) return { reason: 'the NVIDIA driver (libcuda.so.1) is not there' };
  const library = join(addon.info().libtorchFolder, 'libtorch_cuda.so');
  if (!existsSync(library)) {
    return { reason: `this libtorch is built for the CPU (no ${library}); npm run build:native -- --cuda` };
  }
  try {
    addon.loadCuda(library);
    const { registered, devices } = addon.cudaInfo();
    if (!registered) return { reason: 'libtorch_cuda was loaded but registered no CUDA' };
    return devices > 0 ? { devices } : { reason: 'the driver shows no GPU' };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function unavailable(message: string): HealthTensorError {
  return new HealthTensorError('DEVICE_UNAVAILABLE', message, { remedy: 'use --device gpu or --device cpu' });
}
