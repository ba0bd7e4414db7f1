import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { modelSpec, plainRecipe } from '../../src/engine/index.js';
import { writePixelCache } from '../support/pixel-cache.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const ADDON = fileURLToPath(new URL('../../build/Release/healthtensor.node', import.meta.url));

// Plain JavaScript over the addon itself: what is tested is the end of a Node environment, at which our own TypeScript
// has no part.
const ARGUMENTS = `
  const { Worker, workerData } = require('node:worker_threads');
  const { addon: path, options } = workerData ?? JSON.parse(process.argv[1]);
`;

// `train` starts an epoch that would take minutes.
const TRAINING = `${ARGUMENTS}
  const addon = require(path);
  options.trainIndices = Uint32Array.from({ length: 100_000 }, (_, i) => i % 16);
  options.validationIndices = Uint32Array.of(0, 1);
  async function train(onFirstBatch) {
    const trainer = await addon.openTrainer(options);
    let first = true;
    await trainer.trainEpoch({ every: 0, share: 1 }, new addon.Cancellation(), () => { if (first) { first = false; onFirstBatch(trainer); } });
  }
`;

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Runs a script in a process of its own. */
async function runScript(script: string): Promise<Outcome> {
  return await inTemporaryFolder(async (folder) => {
    const cachePath = await writePixelCache(folder, { imageSize: 64, images: 16 });
    const options = {
      spec: modelSpec('mobile', { imageSize: 64, options: { width: 0.25 } }),
      cachePath,
      batchSize: 4,
      recipe: plainRecipe(),
      seed: 1,
      // Two threads, so that an OpenMP pool is there to be ended.
      device: { cuda: false, index: 0, threads: 2 },
      checkpointPath: join(folder, 'checkpoint'),
      resume: false,
    };
    const argument = JSON.stringify({ addon: ADDON, options });
    const child = spawn(process.execPath, ['-e', script, argument], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Node's own options of the test run are not the child's.
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 30_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()));
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, output }));
    });
  });
}

describe('a process', () => {
  test('that exits in the middle of an epoch neither hangs nor crashes', async () => {
    const script = `${TRAINING} train(() => { console.log('training'); process.exit(7); });`;
    expect(await runScript(script)).toEqual({ code: 7, signal: null, output: 'training\n' });
  });

  test('ends by itself once its work is done, without disposing of anything', async () => {
    const script = `${TRAINING}
      options.trainIndices = options.trainIndices.subarray(0, 8);
      train(() => {}).then(() => console.log('done'));`;
    expect(await runScript(script)).toEqual({ code: 0, signal: null, output: 'done\n' });
  });

  test('stays alive while the engine works, though nothing else keeps it', async () => {
    const script = `${TRAINING} addon.selfTest({ ...options.device, threads: 1 }).then(({ lastLoss }) => console.log(lastLoss > 0));`;
    expect(await runScript(script)).toEqual({ code: 0, signal: null, output: 'true\n' });
  });

  test('outlives a worker thread that is terminated in the middle of an epoch, and can train afterwards', async () => {
    const script = `${TRAINING}
      const source = ${JSON.stringify(TRAINING)} + "train(() => require('node:worker_threads').parentPort.postMessage(1));";
      const worker = new Worker(source, { eval: true, workerData: { addon: path, options } });
      worker.once('message', async () => {
        await worker.terminate();
        const { lastLoss } = await addon.selfTest({ ...options.device, threads: 1 });
        console.log(Number.isFinite(lastLoss));
      });`;
    expect(await runScript(script)).toEqual({ code: 0, signal: null, output: 'true\n' });
  });

  test('may load the addon only in worker threads, again and again', async () => {
    const script = `${ARGUMENTS}
      const source = "const { workerData } = require('node:worker_threads');" +
        "require(workerData).selfTest({ cuda: false, index: 0, threads: 2 });";
      (async () => {
        for (let i = 0; i < 3; i += 1) {
          await new Promise((resolve, reject) =>
            new Worker(source, { eval: true, workerData: path }).on('exit', resolve).on('error', reject));
        }
        console.log('done');
      })();`;
    expect(await runScript(script)).toEqual({ code: 0, signal: null, output: 'done\n' });
  });
});
