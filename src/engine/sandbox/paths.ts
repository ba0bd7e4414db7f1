import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Device } from '../device.js';

/** The package's folder: three above this file, in src/ as in dist/. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What of the package a worker needs: not the folder itself, where an operator may keep other things. */
const OF_PACKAGE = ['dist', 'build', 'native', 'node_modules', 'scripts', 'package.json', 'CMakeLists.txt'];

// Programs and libraries of the system, what Node.js and libtorch ask about CPU and memory, and the process itself.
const OF_SYSTEM = [
  '/usr',
  '/lib',
  '/lib64',
  '/etc/ld.so.cache',
  '/dev/null',
  '/dev/urandom',
  '/proc/self',
  '/proc/cpuinfo',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/version',
  '/sys/devices/system',
  '/sys/fs/cgroup',
];

// What CUDA's driver asks for besides.
const OF_GPU = [
  '/sys',
  '/proc/driver',
  '/proc/devices',
  '/proc/modules',
  '/proc/sys/vm/mmap_min_addr',
  '/etc/nvidia',
];

/** What a process of the engine must be able to reach. */
export interface EnginePaths {
  readonly readable: readonly string[];
  /** To be started: Node.js and the system's loader. */
  readonly startable: readonly string[];
  /** Device files; empty on the CPU. */
  readonly devices: readonly string[];
}

/**
 * What the engine needs on this machine. The libraries are those that this process has loaded, so that they are found
 * wherever Node.js and libtorch are installed: load the addon first.
 */
export async function enginePaths(device: Pick<Device, 'kind'>, libtorch: string): Promise<EnginePaths> {
  const gpu = device.kind === 'cuda';
  const node = await realpath(process.execPath);
  const libraries = await loadedLibraries();
  const dependencies = dirname(PACKAGE_ROOT.replace(/\/$/, ''));
  return {
    readable: [
      ...OF_SYSTEM,
      ...(gpu ? OF_GPU : []),
      ...OF_PACKAGE.map((name) => join(PACKAGE_ROOT, name)),
      // Installed as a dependency, the package finds its own dependencies beside itself.
      ...(basename(dependencies) === 'node_modules' ? [dependencies] : []),
      libtorch,
      ...libraries,
      // CUDA's load more from beside them when they are needed.
      ...(gpu ? new Set(libraries.map((library) => dirname(library))) : []),
    ],
    startable: [node, ...libraries.filter((library) => /^ld[-.\w]*\.so/.test(basename(library)))],
    devices: gpu ? await gpuDevices() : [],
  };
}

async function loadedLibraries(): Promise<string[]> {
  const maps = await readFile('/proc/self/maps', 'utf8');
  const paths = maps.split('\n').map((line) => line.slice(line.indexOf('/')));
  return [...new Set(paths.filter((path) => /^\/.*\.(so|so\.[\d.]+|node)$/.test(path)))];
}

async function gpuDevices(): Promise<string[]> {
  const names = await readdir('/dev').catch(() => []);
  const files = names.filter((name) => name.startsWith('nvidia')).map((name) => join('/dev', name));
  return [...files, '/dev/null', '/dev/zero'];
}
