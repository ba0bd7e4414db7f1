// @ts-check
// node scripts/check-cuda-build.mjs: provisions the CUDA libtorch (several GB), compiles against it in a folder of its own
// (build/cuda-check; the working addon stays as it is), loads it and asserts that the CUDA backend is registered.
import { fileURLToPath } from 'node:url';
import { buildPlaces, readStamp } from './build-stamp.mjs';
import { buildNative } from './native-build.mjs';
import { machineKind } from './provision/machine-kind.mjs';
import { streamReport } from './report.mjs';
import { runCommand } from './setup-error.mjs';

const FOLDER = 'build/cuda-check';

await runCommand(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const report = streamReport();
  await buildNative({ root, report, kind: 'cuda', folder: FOLDER, force: true });
  const stamp = await readStamp(buildPlaces(root, FOLDER));
  report.say(
    `CUDA build: libtorch ${stamp?.libtorch.version}, CUDA ${stamp?.libtorch.cuda}, backend registered`,
  );
  if (machineKind() === 'cpu') report.say('This machine has no NVIDIA driver: nothing was run on a GPU.');
});
