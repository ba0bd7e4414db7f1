// @ts-check
// A fresh process that loads an addon and trains with it: what a build must survive before the loader may have it.
//   node prove-addon.mjs <addon> <libtorch folder> cpu|cuda
// Prints one JSON object. Run apart, because a broken addon may end the process without a word.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = 32;
const CLASSES = 14;
const IMAGES = 8;
const PIXELS_AT = 4096;

/** @typedef {import('../src/engine/native-addon.js').NativeAddon} NativeAddon */

/** Plain Adam. Written out, since this runs before TypeScript is built. @type {import('../src/engine/recipe.js').Recipe} */
const RECIPE = {
  precision: 'fp32',
  optimizer: 'adam',
  learningRate: 1e-3,
  backboneRate: 1,
  weightDecay: 0,
  warmupEpochs: 0,
  schedule: 'constant',
  scheduleEpochs: 1,
  plateauPatience: 1,
  plateauFactor: 0.5,
  minimumRate: 0,
  clipNorm: 0,
  emaDecay: 0,
  labelSmoothing: 0,
  accumulate: 1,
  augmentation: { rotation: 0, shift: 0, scale: 0, contrast: 0, brightness: 0, noise: 0, flip: 0 },
};

const [file = '', libtorch = '', kind = 'cpu'] = process.argv.slice(2);
/** @type {NativeAddon} */
const addon = createRequire(import.meta.url)(file);
const facts = { ...addon.info(), ...(kind === 'cuda' ? proveCuda() : { registered: false, devices: 0 }) };
await proveLibtorch();
await proveLearning(false);
if (facts.devices > 0) await proveLearning(true);
await proveTraining();
console.log(JSON.stringify(facts));

/** The addon must have found the libtorch that it was compiled for, and not another one of the machine. */
async function proveLibtorch() {
  const wanted = await realpath(join(libtorch, 'lib'));
  if ((await realpath(facts.libtorchFolder)) !== wanted) {
    throw new Error(
      `the addon runs with the libtorch in ${facts.libtorchFolder}, not with the one in ${wanted}`,
    );
  }
}

/** The CUDA backend must be registered even where no GPU is: that is what shows that the library belongs to the build. */
function proveCuda() {
  addon.loadCuda(join(libtorch, 'lib', 'libtorch_cuda.so'));
  const found = addon.cudaInfo();
  if (!found.registered)
    throw new Error('libtorch_cuda.so was loaded but the CUDA backend is not registered');
  return found;
}

/** @param {boolean} cuda */
async function proveLearning(cuda) {
  const { firstLoss, lastLoss } = await addon.selfTest({ cuda, index: 0, threads: 1 });
  const finite = Number.isFinite(firstLoss) && Number.isFinite(lastLoss);
  if (!finite || lastLoss >= firstLoss) {
    throw new Error(
      `the self-test on the ${cuda ? 'GPU' : 'CPU'} went from a loss of ${firstLoss} to ${lastLoss}`,
    );
  }
}

/** One epoch of one batch through the same trainer that a miner uses, on a pixel cache made here. */
async function proveTraining() {
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-proof-'));
  try {
    const cachePath = join(folder, `pixels-${SIZE}.htc`);
    await writeFile(cachePath, pixelCache());
    const trainer = await addon.openTrainer({
      spec: {
        architecture: 'cnn',
        imageSize: SIZE,
        channels: 1,
        classes: CLASSES,
        mean: [0.5],
        std: [0.25],
        options: {},
      },
      cachePath,
      trainIndices: Uint32Array.from({ length: IMAGES }, (_, row) => row),
      validationIndices: Uint32Array.of(0, 1),
      batchSize: IMAGES,
      recipe: RECIPE,
      seed: 1,
      device: { cuda: false, index: 0, threads: 1 },
      checkpointPath: join(folder, 'checkpoint'),
      resume: false,
    });
    try {
      const { loss } = await trainer.trainEpoch({ every: 0, share: 1 }, new addon.Cancellation());
      if (!Number.isFinite(loss)) throw new Error(`a training step gave a loss of ${loss}`);
    } finally {
      trainer.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A pixel cache (see docs/architecture.md) of rising gray values, every other image with the first finding. */
function pixelCache() {
  const bytes = Buffer.alloc(PIXELS_AT + IMAGES * SIZE * SIZE + IMAGES * 2);
  bytes.write('HTPIXEL1', 0, 'latin1');
  for (const [index, value] of [1, SIZE, 1, CLASSES].entries()) bytes.writeUInt32LE(value, 8 + index * 4);
  bytes.writeBigUInt64LE(BigInt(IMAGES), 24);
  for (let pixel = 0; pixel < IMAGES * SIZE * SIZE; pixel += 1) bytes[PIXELS_AT + pixel] = pixel % 256;
  for (let row = 0; row < IMAGES; row += 1) {
    bytes.writeUInt16LE(row % 2, PIXELS_AT + IMAGES * SIZE * SIZE + row * 2);
  }
  return bytes;
}
