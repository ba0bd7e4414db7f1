import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HealthTensorError, messageOf } from '../../common/index.js';
import type { Device } from '../device.js';
import { loadAddonAndLibtorch } from '../load-addon.js';
import { type EnginePaths, enginePaths, PACKAGE_ROOT } from './paths.js';
import { type Measure, measuresIn, sentencesOf } from './measures.js';

const LAUNCHER = join(PACKAGE_ROOT, 'build', 'Release', 'healthtensor-sandbox');

// Beyond what is in use: the limit of the kernel is the last resort behind the one that is watched, and counts the stacks
// of all threads (8 MiB each, of which each thread of an operation may bring a second) as if they were full.
const ALLOWANCE_BYTES = 2 ** 30;
const ALLOWANCE_BYTES_A_THREAD = 2 ** 24;

const NODE_FLAGS = [
  // The system's settings for TLS lie where the process cannot read them, and Node.js would not start.
  '--openssl-config=/dev/null',
  '--max-old-space-size=512',
];

// Variables that choose hardware; where libraries lie is only left to the driver of a GPU.
const OF_CPU = ['HEALTHTENSOR_KERNELS'];
const OF_GPU = ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER', 'NVIDIA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH'];

/** How to start processes that open strangers' files, and what they are kept from. */
export interface Sandbox {
  /** The file to start and its arguments, for a compiled script that may read these files besides those of the engine. */
  command(program: string, readable: readonly string[]): { file: string; arguments: string[] };
  readonly environment: NodeJS.ProcessEnv;
  /** What is in force, in words for the operator. */
  readonly protections: readonly string[];
  /** What this system does not offer. */
  readonly missing: readonly string[];
}

export interface SandboxOptions {
  device: Pick<Device, 'kind' | 'threads'>;
  /** Bytes for the process itself; a GPU's driver reserves more than it uses and gets no limit. */
  memoryBytes: number;
}

/**
 * Tries what this system lets a process give up (files, sockets, programs, privileges, memory). What it does not offer is
 * missing, not an error.
 * @throws HealthTensorError SANDBOX_FAILED when the launcher cannot be started, or what is wrong with the addon
 */
export async function openSandbox(o: SandboxOptions): Promise<Sandbox> {
  const { libtorch } = await loadAddonAndLibtorch();
  const paths = await enginePaths(o.device, libtorch.folder);
  const orders = ordersOf(paths, o);
  const measures = await probe(orders);
  const names = o.device.kind === 'cuda' ? [...OF_CPU, ...OF_GPU] : OF_CPU;
  return {
    ...sentencesOf(measures, { gpu: o.device.kind === 'cuda' }),
    environment: Object.fromEntries(
      names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    command: (program, readable) => ({
      file: LAUNCHER,
      arguments: [
        ...orders,
        ...each('--read', [program, ...readable]),
        '--parent',
        String(process.pid),
        '--',
        process.execPath,
        ...NODE_FLAGS,
        program,
      ],
    }),
  };
}

function ordersOf({ readable, startable, devices }: EnginePaths, o: SandboxOptions): string[] {
  return [
    ...each('--read', readable),
    ...each('--start', startable),
    ...each('--device', devices),
    ...(o.device.kind === 'cuda' ? [] : ['--memory', String(dataLimit(o))]),
  ];
}

function each(option: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => [option, path]);
}

function dataLimit({ memoryBytes, device }: SandboxOptions): number {
  return Math.ceil(memoryBytes) + ALLOWANCE_BYTES + device.threads * ALLOWANCE_BYTES_A_THREAD;
}

async function probe(orders: readonly string[]): Promise<Measure[]> {
  try {
    const { stdout } = await promisify(execFile)(LAUNCHER, [...orders, '--probe'], { env: {}, cwd: '/' });
    return measuresIn(stdout);
  } catch (cause) {
    throw new HealthTensorError('SANDBOX_FAILED', `${LAUNCHER} cannot be started: ${messageOf(cause)}`, {
      remedy: 'npm run build:native -- --force, on a file system that is not mounted noexec',
      cause,
    });
  }
}
