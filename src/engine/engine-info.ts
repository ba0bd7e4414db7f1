import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadAddon } from './load-addon.js';

/** Facts about the engine on this machine. */
export interface EngineInfo {
  torchVersion: string;
  /** Folder of the loaded libtorch_cpu.so. */
  libtorchFolder: string;
  compiler: string;
  nodeApiVersion: number;
  /** Instruction set of the CPU kernels, e.g. `AVX512`. */
  cpuCapability: string;
  /** Whether the CPU multiplies bfloat16 itself. */
  cpuBfloat16: boolean;
  defaultThreads: number;
  /** CUDA is not loaded to find out: whether this libtorch has it, and whether a driver is there. */
  cuda: { library: boolean; driver: boolean };
}

/** What the addon says of itself. Fails with ADDON_MISSING or ADDON_MISMATCH when it cannot be loaded. */
export async function engineInfo(): Promise<EngineInfo> {
  const addon = await loadAddon();
  const info = addon.info();
  return {
    ...info,
    cuda: {
      library: existsSync(join(info.libtorchFolder, 'libtorch_cuda.so')),
      driver: addon.cudaDriverPresent(),
    },
  };
}
