import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { modelSpec } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import type { NativeEvaluateOptions } from '../../src/engine/native-addon.js';
import {
  type ParityCase,
  type ParityFamily,
  parityFixture,
  specOf,
  tensorsOf,
} from '../support/engine-fixture.js';
import { TEST_PYTHON, type Traveller, travelBothWays } from '../support/both-ways.js';
import { ParityTable } from '../support/parity-table.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { safetensors, uniform } from '../support/safetensors.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const fixture = await parityFixture();
const addon = await loadAddon();
/** Torch's own float32 is up to 7e-5 away from its double precision. */
const GRADIENT_TOLERANCE = 3e-4;
const table = new ParityTable();
afterAll(() => {
  process.stdout.write(`${table.toString()}\n`);
});
const named = fixture.cases.map((parity): [string, ParityCase] => [nameOf(parity), parity]);

function nameOf({ architecture, channels, options }: ParityCase): string {
  const settings = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return `${architecture} with ${settings.join(', ')} and ${channels} channels`;
}

/** The case's weights and images on disk, in a folder that is removed afterwards. */
async function withRequest<T>(
  parity: ParityCase,
  use: (request: NativeEvaluateOptions) => Promise<T>,
): Promise<T> {
  return await inTemporaryFolder(async (folder) => {
    const { imageSize: size, images } = parity;
    const gray = uniform(fixture.pixelStream, images * size * size);
    const cachePath = await writePixelCache(folder, {
      imageSize: size,
      images,
      gray: (row, x, y) => Math.floor((gray[row * size * size + y * size + x] ?? 0) * 256),
    });
    const weightsPath = join(folder, 'model.safetensors');
    await writeFile(weightsPath, safetensors(tensorsOf(parity)));
    return await use({
      spec: specOf(parity),
      weightsPath,
      cachePath,
      indices: rows(images),
      batchSize: images,
      device: { cuda: false, index: 0, threads: 2 },
    });
  });
}

/** Norm, first, middle and last value, as the generator of the fixture samples a tensor. */
function sample(values: Float32Array): number[] {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return [norm, ...[0, Math.floor(values.length / 2), values.length - 1].map((at) => values[at] ?? NaN)];
}

describe('the networks', () => {
  test.each(named)('%s gives the logits of torch', async (_, parity) => {
    const logits = await withRequest(parity, (request) => addon.logits(request));
    expect(logits).toHaveLength(parity.logits.length);
    const scale = Math.max(1, ...parity.logits.map(Math.abs));
    const worst = Math.max(
      ...parity.logits.map((wanted, i) => Math.abs(wanted - (logits[i] ?? NaN)) / scale),
    );
    table.record(parity.architecture, { logits: worst });
    expect(worst).toBeLessThan(1e-5);
  });

  // They take a large batch in parts: native/models/parts.h.
  const thin = named.filter(([, { architecture }]) => ['efficient', 'mobile'].includes(architecture));
  test.each(thin)('%s gives an image the same logits in a large batch', async (_, parity) => {
    await withRequest(parity, async (request) => {
      const few = await addon.logits(request);
      const times = Math.ceil(520_000 / parity.imageSize ** 2 / parity.images);
      const indices = Uint32Array.from({ length: times * parity.images }, (_, at) => at % parity.images);
      const many = await addon.logits({ ...request, indices, batchSize: indices.length });
      expect(many).toHaveLength(times * few.length);
      const scale = Math.max(1, ...few.map(Math.abs));
      const worst = Math.max(
        ...many.map((logit, at) => Math.abs(logit - (few[at % few.length] ?? NaN)) / scale),
      );
      expect(worst).toBeLessThan(1e-5);
    });
  });

  test.each(named)('%s gives the gradients and running statistics of torch', async (_, parity) => {
    const { loss, tensors } = await withRequest(parity, (request) => addon.trainingPass(request));
    expect(loss).toBeCloseTo(parity.training.loss, 5);
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(parity.training.tensors).sort());
    const samples = Object.entries(parity.training.tensors);
    // The gradient of a bias before a norm is zero but for rounding: errors below this do not count.
    const floor = 1e-4 * Math.max(...samples.map(([, [norm]]) => norm));
    const errors = samples.map(([name, wanted]): [number, string] => {
      const received = sample(tensors[name] ?? new Float32Array());
      const error = Math.max(...wanted.map((value, i) => Math.abs(value - (received[i] ?? NaN))));
      return [error / Math.max(wanted[0], floor), name];
    });
    const [worst, name] = errors.reduce((a, b) => (a[0] > b[0] ? a : b));
    table.record(parity.architecture, { gradients: worst });
    expect(errors.every(([error]) => error < GRADIENT_TOLERANCE) || `${name}: ${worst}`).toBe(true);
  });
});

describe('the families', () => {
  test.each(fixture.families.map((family): [string, ParityFamily] => [family.name, family]))(
    '%s has the tensors and parameters of its original',
    (_, family) => {
      const { architecture, imageSize, channels, options } = family;
      const tensors = addon.modelTensors(modelSpec(architecture, { imageSize, channels, options }));
      const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
      const parameters = tensors
        .filter(({ trained }) => trained)
        .reduce((sum, { shape }) => sum + count(shape), 0);
      const lines = tensors.map(({ name, shape }) => `${name} ${shape.join('x')}\n`);
      // By code units, as Python sorts.
      const text = lines.sort((a, b) => (a < b ? -1 : 1)).join('');
      expect({
        parameters,
        tensors: tensors.length,
        sha256: createHash('sha256').update(text).digest('hex'),
      }).toEqual({ parameters: family.parameters, tensors: family.tensors, sha256: family.sha256 });
      table.record(architecture, { parameters: 'equal' });
    },
  );

  test('have heads of their own names, and nothing else in them', () => {
    const heads = (architecture: string, hidden: number) =>
      addon
        .modelTensors(modelSpec(architecture, { options: { hidden } }))
        .filter(({ head }) => head)
        .map(({ name }) => name);
    const dense = ['head.fc1.weight', 'head.fc1.bias', 'head.fc2.weight', 'head.fc2.bias'];
    for (const architecture of ['cnn', 'vgg', 'res', 'efficient', 'mobile']) {
      expect(heads(architecture, 128)).toEqual(dense);
    }
    expect(heads('vgg', 0)).toEqual(['head.fc.weight', 'head.fc.bias']);
    expect(heads('res', 0)).toEqual(['fc.weight', 'fc.bias']);
    expect(heads('efficient', 0)).toEqual(['classifier.weight', 'classifier.bias']);
    expect(heads('mobile', 0)).toEqual(['classifier.weight', 'classifier.bias']);
  });
});

const TRAVELLERS: Traveller[] = [
  { name: 'cnn', architecture: 'cnn', options: { filters: '8-16' }, channels: 3 },
  { name: 'vgg11', architecture: 'vgg', options: { layers: 11 }, channels: 3 },
  { name: 'vgg13_bn', architecture: 'vgg', options: { layers: 13, batch_norm: 1, hidden: 0 }, channels: 3 },
  { name: 'resnet18', architecture: 'res', options: { layers: 18, hidden: 0 }, channels: 3 },
  { name: 'resnet50', architecture: 'res', options: { hidden: 0 }, channels: 3 },
  { name: 'resnet34-gray', architecture: 'res', options: { layers: 34 }, channels: 1 },
  { name: 'efficientnet_b0', architecture: 'efficient', options: { hidden: 0 }, channels: 3 },
  { name: 'efficientnet_b1', architecture: 'efficient', options: { depth: 1.1, hidden: 0 }, channels: 3 },
  { name: 'efficientnet_b0-dense', architecture: 'efficient', options: {}, channels: 1 },
  { name: 'mobilenetv1_100', architecture: 'mobile', options: { hidden: 0 }, channels: 3 },
  { name: 'mobilenetv1_100-dense', architecture: 'mobile', options: {}, channels: 1 },
];

describe('weights', () => {
  if (TEST_PYTHON === undefined) {
    process.stdout.write('HEALTHTENSOR_TEST_PYTHON names no Python with timm: weights stay at home.\n');
  }
  const testWithPython = TEST_PYTHON === undefined ? test.skip : test;

  testWithPython(
    'travel to timm and torchvision and back',
    async () => {
      const found = await inTemporaryFolder((folder) =>
        travelBothWays(folder, TEST_PYTHON ?? '', TRAVELLERS),
      );
      for (const { name, architecture, options } of TRAVELLERS) {
        const { errors, headCame, imagenetHead } = found.get(name) ?? {};
        const worst = Math.max(...Object.values(errors ?? {}));
        table.record(architecture, { bothWays: worst });
        const timmHasAll = architecture !== 'vgg' && options['hidden'] === 0;
        expect({ name, errors, close: worst < 1e-4 }).toMatchObject({ close: true });
        expect({ name, headCame, imagenetHead }).toEqual({
          name,
          headCame: timmHasAll ? true : undefined,
          imagenetHead: architecture === 'cnn' ? undefined : false,
        });
        if (timmHasAll) {
          expect(Object.keys(errors ?? {})).toEqual(
            expect.arrayContaining(['timm', 'timm by config.json', "timm's weights here"]),
          );
        }
      }
    },
    600_000,
  );
});
