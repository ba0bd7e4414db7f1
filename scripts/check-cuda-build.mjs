// @ts-check
// node scripts/check-cuda-build.mjs: provisions the CUDA libtorch (several GB), compiles against it in a folder of its own
// (build/cuda-check; the working addon stays as it is), loads it and asserts that the CUDA backend is registered and that
// the library for several GPUs can be loaded after it. Nothing is run on a GPU where there is none.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPlaces, readStamp } from './build-stamp.mjs';
import { buildNative } from './native-build.mjs';
import { machineKind } from './provision/machine-kind.mjs';
import { streamReport } from './report.mjs';
import { runProgram, tail } from './run-program.mjs';
import { runCommand, SetupError } from './setup-error.mjs';

const FOLDER = 'build/cuda-check';

await runCommand(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const report = streamReport();
  await buildNative({ root, report, kind: 'cuda', folder: FOLDER, force: true });
  const stamp = await readStamp(buildPlaces(root, FOLDER));
  const places = buildPlaces(root, FOLDER);
  await proveNccl(places.addon, join(resolve(root, stamp?.libtorch.path ?? ''), 'lib', 'libtorch_cuda.so'));
  report.say('NCCL: libhealthtensor_nccl.so is linked to this libtorch_cuda and loads');
  report.say(
    `CUDA build: libtorch ${stamp?.libtorch.version}, CUDA ${stamp?.libtorch.cuda}, backend registered`,
  );
  if (machineKind() === 'cpu') report.say('This machine has no NVIDIA driver: nothing was run on a GPU.');
});

/**
 * In a process of its own, as everything about CUDA is decided once a process.
 * @param {string} addon
 * @param {string} cuda
 */
async function proveNccl(addon, cuda) {
  const script =
    'const [a, c] = process.argv.slice(1); const addon = require(a); addon.loadCuda(c); addon.loadNccl();';
  const result = await runProgram(process.execPath, ['-e', script, addon, cuda], { env: process.env });
  if (result.status !== 0) {
    throw new SetupError(`The library for several GPUs cannot be loaded:\n${tail(result.output, 20)}`);
  }
}
