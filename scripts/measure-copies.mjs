// How like each other are the models of miners, honest and not: trains small models of each architecture on a data set -
// independently, on from a common parent, with a common frozen backbone - makes disguised copies of one, and compares the
// answers to the images of patients left out (likeness) and the weights (distance). Prints one JSON line a
// pair and then the tables of docs/scoring.md.
//   npm run build && node scripts/measure-copies.mjs DATASET [--size 64] [--epochs 8] [--seeds 4] [--arch cnn,res,...]
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as engine from '../dist/engine/index.js';
import { openDataset, splitByPatient } from '../dist/dataset/index.js';
import { likeness, profileOf } from '../dist/validator/likeness.js';
import { DISGUISES } from './copies/disguises.mjs';
import { pairTable } from './copies/pair-table.mjs';
import { readWeights, writeWeights } from './copies/weights-file.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '64' },
    epochs: { type: 'string', default: '8' },
    seeds: { type: 'string', default: '4' },
    arch: { type: 'string', default: 'cnn,vgg,res,efficient,mobile' },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error('Expected the folder of a data set');
const imageSize = Number(values.size);
const epochs = Number(values.epochs);
/** Small enough for a few minutes on two cores. */
const OPTIONS = {
  cnn: { filters: '32-64', hidden: 64 },
  vgg: { layers: 11, batch_norm: 1, width: 0.25, hidden: 64 },
  res: { layers: 18, width: 0.5, hidden: 64 },
  efficient: { width: 0.5, hidden: 64 },
  mobile: { width: 0.5, hidden: 64 },
};

const folder = await mkdtemp(join(tmpdir(), 'healthtensor-copies-'));
try {
  const data = await openDataset({ path, imageSize, cacheDirectory: folder });
  const { train, validation } = splitByPatient(data.images, { validationFraction: 0.3, seed: 1 });
  const device = await engine.openDevice({ kind: 'cpu' });
  const setting = { data, train, validation, device };
  const pairs = [];
  for (const architecture of values.arch.split(',')) {
    for await (const pair of pairsOf(architecture, setting)) {
      console.log(JSON.stringify(pair));
      pairs.push(pair);
    }
  }
  console.log(pairTable(pairs));
} finally {
  await rm(folder, { recursive: true });
}

/** Every pair of one architecture that is worth a look. */
async function* pairsOf(architecture, setting) {
  const spec = engine.modelSpec(architecture, { imageSize, options: OPTIONS[architecture] });
  const place = join(folder, architecture);
  await mkdir(place);
  const train = (name, changes) => trained(join(place, name), spec, setting, changes);
  const pair = async (kind, a, b) => ({
    architecture,
    kind,
    likeness: likeness(profileOf(a.logits), profileOf(b.logits)),
    images: setting.validation.length,
    ...(await distanceOf(spec, a.path, b.path)),
    lossDifference: b.loss - a.loss,
  });

  const independent = [];
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    independent.push(await train(`seed-${seed}`, { seed }));
  }
  yield* allPairs(independent, (a, b) => pair('independent', a, b));

  // The parent has seen half of the images; its children go on with all of them.
  const parent = await train('parent', {
    seed: 11,
    trainIndices: setting.train.filter((_, i) => i % 2 === 0),
  });
  const [tuned, heads, continued] = [[], [], []];
  for (const seed of [21, 22, 23]) {
    const from = { seed, pretrained: parent.path };
    tuned.push(await train(`tuned-${seed}`, { ...from, rate: 2e-4, epochs: Math.ceil(epochs / 2) }));
    continued.push(await train(`continued-${seed}`, { ...from, backboneRate: 0 }));
    const untrained = await train(`untrained-${seed}`, { seed: seed + 100, epochs: 0 });
    const pretrained = join(place, `headless-${seed}.safetensors`);
    await writeWeights(
      pretrained,
      withHeadOf(await readWeights(parent.path), await readWeights(untrained.path)),
    );
    heads.push(await train(`head-${seed}`, { seed, pretrained, backboneRate: 0 }));
  }
  for (const child of tuned) yield await pair('fine-tuned, and the parent', parent, child);
  yield* allPairs(tuned, (a, b) => pair('fine-tuned from one parent', a, b));
  yield* allPairs(heads, (a, b) => pair('heads of their own on one frozen backbone', a, b));
  for (const child of continued) yield await pair('frozen but for its head, and the parent', parent, child);
  yield* allPairs(continued, (a, b) => pair('frozen but for the head of one parent', a, b));

  const [original] = independent;
  for (const rate of [1e-5, 1e-4]) {
    const copy = await train(`lazy-${rate}`, { seed: 31, pretrained: original.path, rate, epochs: 1 });
    yield await pair(`copy trained for an epoch at ${rate}`, original, copy);
  }
  const tensors = await readWeights(original.path);
  for (const [disguise, change] of Object.entries(DISGUISES)) {
    const weightsPath = join(place, 'copy.safetensors');
    await writeWeights(weightsPath, change(tensors));
    yield await pair(`copy: ${disguise}`, original, await answersOf(weightsPath, spec, setting));
  }
}

function withHeadOf(tensors, others) {
  const heads = new Map(others.map((tensor) => [tensor.name, tensor]));
  return tensors.map((tensor) => (tensor.name.startsWith('head.') ? heads.get(tensor.name) : tensor));
}

/** The weights of the epoch with the least loss on the images left out, as a miner would publish them. */
async function trained(name, spec, { data, train, validation, device }, changes) {
  const { seed, rate = 5e-4, trainIndices = train, pretrained, backboneRate = 1 } = changes;
  const length = changes.epochs ?? epochs;
  const featureCache = `${name}.features`;
  await mkdir(featureCache);
  const trainer = await engine.Trainer.open({
    spec,
    cachePath: data.cachePath,
    trainIndices,
    validationIndices: validation,
    batchSize: 32,
    recipe: engine.plainRecipe({
      optimizer: 'adamw',
      learningRate: rate,
      backboneRate,
      weightDecay: 0.05,
      warmupEpochs: Math.min(1, length / 4),
      schedule: 'cosine',
      scheduleEpochs: Math.max(1, length),
      minimumRate: 0.01,
      clipNorm: 1,
    }),
    seed,
    device,
    checkpointPath: `${name}.checkpoint`,
    resume: false,
    ...(pretrained === undefined ? {} : { pretrained }),
    ...(backboneRate === 0 ? { featureCache } : {}),
  });
  const weightsPath = `${name}.safetensors`;
  try {
    let best = Infinity;
    if (length === 0) await trainer.saveWeights(weightsPath);
    for (let epoch = 1; epoch <= length; epoch += 1) {
      await trainer.trainEpoch();
      const { loss } = await trainer.validate();
      if (loss < best) await trainer.saveWeights(weightsPath);
      best = Math.min(best, loss);
    }
  } finally {
    trainer.dispose();
  }
  return await answersOf(weightsPath, spec, { data, validation, device });
}

async function answersOf(weightsPath, spec, { data, validation, device }) {
  const verdict = await engine.evaluateWeights({
    spec,
    weightsPath,
    cachePath: data.cachePath,
    indices: validation,
    device,
  });
  if (!verdict.ok) throw new Error(verdict.detail);
  return { path: weightsPath, logits: verdict.evaluation.logits, loss: verdict.evaluation.loss };
}

async function distanceOf(spec, weightsPath, otherPath) {
  const verdict = await engine.weightsDistance({ spec, weightsPath, otherPath });
  if (!verdict.ok) throw new Error(verdict.detail);
  return { distance: verdict.relative, sameBackbone: verdict.backbone === 0 };
}

async function* allPairs(models, pair) {
  for (const [i, a] of models.entries()) {
    for (const b of models.slice(i + 1)) yield await pair(a, b);
  }
}
