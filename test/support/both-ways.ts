import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ModelOptions, ModelSpec } from '../../src/common/index.js';
import { Trainer, modelSpec } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import { modelConfig } from '../../src/hub/index.js';
import { pythonExample } from '../../src/hub/loading-example.js';
import { rows, writePixelCache } from './pixel-cache.js';
import { smallTraining } from './small-training.js';

const SCRIPT = join(import.meta.dirname, '../../scripts/fixtures/check-weights-both-ways.py');
const SIZE = 64;
const IMAGES = 4;

/** A Python with torch, torchvision, timm and safetensors, if the machine has one for the tests. */
export const TEST_PYTHON = process.env['HEALTHTENSOR_TEST_PYTHON'];

/** One model that travels. */
export interface Traveller {
  readonly name: string;
  readonly architecture: string;
  readonly options: ModelOptions;
  readonly channels: 1 | 3;
}

/** What was found for it: errors of logits and probabilities, relative to the largest. */
export interface BothWays {
  readonly errors: Readonly<Record<string, number>>;
  /** Whether the head came with timm's model of 14 classes; undefined where that is none of ours. */
  readonly headCame: boolean | undefined;
  /** Whether a head came with weights of ImageNet. */
  readonly imagenetHead: boolean | undefined;
}

/** Lets Python load our models, and us its. */
export async function travelBothWays(
  folder: string,
  python: string,
  travellers: readonly Traveller[],
): Promise<ReadonlyMap<string, BothWays>> {
  const root = join(folder, 'models');
  await mkdir(root);
  const gray = (row: number, x: number, y: number) => (row * 67 + x * 5 + y * 3 + ((x * y) % 31)) % 256;
  const cachePath = await writePixelCache(folder, { imageSize: SIZE, images: IMAGES, gray });
  const pixels = Array.from({ length: IMAGES * SIZE * SIZE }, (_, i) =>
    gray(Math.floor(i / SIZE ** 2), i % SIZE, Math.floor(i / SIZE) % SIZE),
  );
  await writeFile(join(root, 'gray.bin'), Uint8Array.from(pixels));
  for (const traveller of travellers) await send(root, traveller, cachePath);
  await promisify(execFile)(python, ['-B', SCRIPT, root], { maxBuffer: 1 << 24 });
  const report = JSON.parse(await readFile(join(root, 'report.json'), 'utf8')) as Record<
    string,
    Record<string, number>
  >;
  const found = new Map<string, BothWays>();
  for (const traveller of travellers) {
    const received = await receive(join(root, traveller.name), traveller, cachePath);
    found.set(traveller.name, { ...received, errors: { ...report[traveller.name], ...received.errors } });
  }
  return found;
}

function specOf({ architecture, options, channels }: Traveller): ModelSpec {
  return modelSpec(architecture, { imageSize: SIZE, channels, options });
}

/** A model after one step of training, with all that is published of it, and its logits. */
async function send(root: string, traveller: Traveller, cachePath: string): Promise<void> {
  const folder = join(root, traveller.name);
  await mkdir(folder);
  const spec = specOf(traveller);
  const weightsPath = join(folder, 'model.safetensors');
  {
    using trainer = await openTrainer(folder, spec, cachePath);
    await trainer.trainEpoch();
    await trainer.saveWeights(weightsPath);
  }
  await writeFile(join(folder, 'config.json'), modelConfig(spec, {}));
  await writeFile(
    join(folder, 'logits.json'),
    JSON.stringify([...(await logits(spec, weightsPath, cachePath))]),
  );
  const example = pythonExample(spec);
  if (example !== undefined) await writeFile(join(folder, 'example.py'), example);
}

async function receive(folder: string, traveller: Traveller, cachePath: string): Promise<BothWays> {
  const spec = specOf(traveller);
  const wanted = await readFile(join(folder, 'timm.json'), 'utf8').catch(() => undefined);
  const errors: Record<string, number> = {};
  let headCame: boolean | undefined;
  if (wanted !== undefined) {
    using trainer = await openTrainer(folder, spec, cachePath, 'timm.safetensors');
    headCame = trainer.pretrainedHead;
    const path = join(folder, 'again.safetensors');
    await trainer.saveWeights(path);
    const theirs = JSON.parse(wanted) as number[];
    const ours = await logits(spec, path, cachePath);
    const scale = Math.max(1, ...theirs.map(Math.abs));
    errors["timm's weights here"] = Math.max(
      ...theirs.map((logit, i) => Math.abs(logit - (ours[i] ?? NaN)) / scale),
    );
  }
  if (traveller.architecture === 'cnn') return { errors, headCame, imagenetHead: undefined };
  using trainer = await openTrainer(folder, spec, cachePath, 'imagenet.safetensors');
  return { errors, headCame, imagenetHead: trainer.pretrainedHead };
}

async function openTrainer(
  folder: string,
  spec: ModelSpec,
  cachePath: string,
  pretrained?: string,
): Promise<Trainer> {
  return await Trainer.open({
    ...(await smallTraining(folder, { spec, cachePath })),
    trainIndices: rows(IMAGES),
    validationIndices: rows(IMAGES),
    batchSize: IMAGES,
    ...(pretrained === undefined ? {} : { pretrained: join(folder, pretrained) }),
  });
}

async function logits(spec: ModelSpec, weightsPath: string, cachePath: string): Promise<Float32Array> {
  const addon = await loadAddon();
  return await addon.logits({
    spec,
    weightsPath,
    cachePath,
    indices: rows(IMAGES),
    batchSize: IMAGES,
    device: { cuda: false, index: 0, threads: 2 },
  });
}
