// How far an evaluation in bf16 is from one in fp32: trains each architecture on a data set, evaluates it on the patients
// left out in both precisions after each epoch, and prints one JSON line each, of the epoch with the least fp32 loss: the
// one that a miner would publish. docs/scoring.md has the figures.
//   npm run build && node scripts/measure-precision.mjs DATASET [--size 64] [--epochs 12] [--seed 1] [--arch cnn,vgg,...]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as engine from '../dist/engine/index.js';
import { openDataset, splitByPatient } from '../dist/dataset/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '64' },
    epochs: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    arch: { type: 'string', default: Object.keys(engine.ARCHITECTURES).join(',') },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error('Expected the folder of a data set');
const imageSize = Number(values.size);
const epochs = Number(values.epochs);
const folder = await mkdtemp(join(tmpdir(), 'healthtensor-precision-'));
try {
  const data = await openDataset({ path, imageSize, cacheDirectory: folder });
  const { train, validation } = splitByPatient(data.images, { validationFraction: 0.3, seed: 1 });
  const device = await engine.openDevice({ kind: 'cpu' });
  for (const architecture of values.arch.split(',')) {
    console.log(JSON.stringify(await compare(architecture, data, train, validation, device)));
  }
} finally {
  await rm(folder, { recursive: true });
}

async function compare(architecture, data, trainIndices, validationIndices, device) {
  const trainer = await engine.Trainer.open({
    spec: engine.modelSpec(architecture, { imageSize }),
    cachePath: data.cachePath,
    trainIndices,
    validationIndices,
    batchSize: 32,
    recipe: engine.plainRecipe({
      optimizer: 'adamw',
      learningRate: 5e-4,
      weightDecay: 0.05,
      warmupEpochs: 1,
      schedule: 'cosine',
      scheduleEpochs: epochs,
      minimumRate: 0.01,
      clipNorm: 1,
    }),
    seed: Number(values.seed),
    device,
    checkpointPath: join(folder, architecture),
    resume: false,
  });
  try {
    let best;
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      await trainer.trainEpoch();
      const [single, brain] = [await trainer.validate(), await trainer.validate({ precision: 'bf16' })];
      if (best === undefined || single.loss < best.single.loss) best = { epoch, single, brain };
    }
    const { epoch, single, brain } = best;
    const differences = Array.from(brain.perImageLoss, (loss, i) => loss - (single.perImageLoss[i] ?? NaN));
    const sizes = differences.map(Math.abs).sort((a, b) => a - b);
    return {
      architecture,
      imageSize,
      seed: Number(values.seed),
      epoch,
      images: single.images,
      loss: single.loss,
      auroc: single.meanAuroc,
      meanDifference: brain.loss - single.loss,
      perImageMean: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
      perImage99: sizes[Math.floor(0.99 * sizes.length)],
      perImageLargest: sizes.at(-1),
      aurocDifference: (brain.meanAuroc ?? NaN) - (single.meanAuroc ?? NaN),
    };
  } finally {
    trainer.dispose();
  }
}
