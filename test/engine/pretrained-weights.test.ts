import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Trainer, type TrainerOptions, modelSpec } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';
import {
  type TestTensor,
  rawSafetensors,
  readSafetensors,
  safetensors,
  uniform,
} from '../support/safetensors.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const OPTIONS = { width: 0.25, hidden: 16 };
const GRAY = modelSpec('mobile', { imageSize: 32, channels: 1, options: OPTIONS });
const COLOUR = modelSpec('mobile', { imageSize: 32, channels: 3, options: OPTIONS });
const addon = await loadAddon();

/** Values for every tensor of the model that are equal in float32, float16 and bfloat16: eighths up to two. */
function tensorsFor(spec: typeof GRAY): TestTensor[] {
  return addon.modelTensors(spec).map(({ name, shape }, stream) => ({
    name,
    shape,
    values: Float32Array.from(
      uniform(
        stream,
        shape.reduce((product, size) => product * size, 1),
      ),
      (unit) => Math.floor(unit * 16) / 8 + 0.125,
    ),
  }));
}

/** The file with its numbers in another type. */
function safetensorsOf(dtype: 'F16' | 'BF16', tensors: readonly TestTensor[]): Buffer {
  let offset = 0;
  const header: Record<string, unknown> = {};
  const parts = tensors.map(({ name, shape, values }) => {
    const words = Uint16Array.from(values, dtype === 'BF16' ? bfloat16 : float16);
    header[name] = { dtype, shape, data_offsets: [offset, (offset += words.byteLength)] };
    return Buffer.from(words.buffer);
  });
  return rawSafetensors(JSON.stringify(header), Buffer.concat(parts));
}

/** The upper half of a float32; exact for the numbers here. */
function bfloat16(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

/** Positive normal numbers with few digits: sign 0, exponent of 5 bits, 10 of mantissa. */
function float16(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | ((value / 2 ** exponent - 1) * 1024);
}

interface Started {
  pretrainedHead: boolean;
  tensor: (name: string) => Float32Array;
}

/** What a fresh training starts with, given a file of pretrained weights. */
async function startFrom(file: Uint8Array, changes: Partial<TrainerOptions> = {}): Promise<Started> {
  return await inTemporaryFolder(async (folder) => {
    const pretrained = join(folder, 'pretrained.safetensors');
    await writeFile(pretrained, file);
    const options = await smallTraining(folder, { spec: GRAY, pretrained, ...changes });
    using trainer = await Trainer.open(options);
    const path = join(folder, 'model.safetensors');
    await trainer.saveWeights(path);
    const { tensor } = readSafetensors(await readFile(path));
    return { pretrainedHead: trainer.pretrainedHead, tensor };
  });
}

const isHead = ({ name }: { name: string }) => name.startsWith('head.');
const without = (...names: string[]) => tensorsFor(GRAY).filter(({ name }) => !names.includes(name));

describe('pretrained weights', () => {
  test.each([
    ['F32', safetensors(tensorsFor(GRAY))],
    ['F16', safetensorsOf('F16', tensorsFor(GRAY))],
    ['BF16', safetensorsOf('BF16', tensorsFor(GRAY))],
  ])('of %s are taken as they are, with a head that fits', async (_, file) => {
    const started = await startFrom(file);
    expect(started.pretrainedHead).toBe(true);
    for (const { name, values } of tensorsFor(GRAY)) expect(started.tensor(name)).toEqual(values);
  });

  test('leave the head as a fresh one is when the file has another, and ignore what is not the model', async () => {
    const fresh = await startFrom(safetensors(tensorsFor(GRAY)), { seed: 8 });
    const file = safetensors([
      ...tensorsFor(GRAY).filter((tensor) => !isHead(tensor)),
      { name: 'head.fc1.weight', shape: [16, 3], values: new Float32Array(48) },
      { name: 'classifier.weight', shape: [1000, 1], values: new Float32Array(1000) },
      { name: 'bn1.num_batches_tracked', shape: [], values: Float32Array.of(1) },
    ]);
    const started = await startFrom(file, { seed: 8 });
    expect(started.pretrainedHead).toBe(false);
    expect(started.tensor('conv_stem.weight')).toEqual(fresh.tensor('conv_stem.weight'));
    const head = started.tensor('head.fc1.weight');
    expect(head).not.toEqual(fresh.tensor('head.fc1.weight'));
    // Glorot's start: centred, within its limit.
    expect(Math.max(...head.map(Math.abs))).toBeLessThan(Math.sqrt(6 / (256 + 16)));
    expect(started.tensor('head.fc1.bias')).toEqual(new Float32Array(16));
  });

  test('for colour give a gray model the sum over the colours', async () => {
    const colour = tensorsFor(COLOUR);
    const stem = colour.find(({ name }) => name === 'conv_stem.weight');
    const started = await startFrom(safetensors(colour));
    const wanted = Float32Array.from({ length: 8 * 9 }, (_, i) => {
      const at = (channel: number) => stem?.values[(Math.floor(i / 9) * 3 + channel) * 9 + (i % 9)] ?? NaN;
      return at(0) + at(1) + at(2);
    });
    expect(started.tensor('conv_stem.weight')).toEqual(wanted);
    expect(started.pretrainedHead).toBe(true);
  });

  test('may come from a model of ours', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'ours.safetensors');
      {
        using trainer = await Trainer.open(await smallTraining(folder, { spec: GRAY }));
        await trainer.trainEpoch();
        await trainer.saveWeights(path);
      }
      const file = await readFile(path);
      const started = await startFrom(file, { seed: 9 });
      const ours = readSafetensors(file);
      for (const { name } of tensorsFor(GRAY)) expect(started.tensor(name)).toEqual(ours.tensor(name));
    });
  });

  test.each([
    [
      'lack a tensor of the backbone',
      () => without('blocks.0.0.bn1.bias'),
      'TENSOR_MISMATCH',
      /bn1.bias is missing/,
    ],
    [
      'have another shape in the backbone',
      () => [...without('bn1.bias'), { name: 'bn1.bias', shape: [9], values: new Float32Array(9) }],
      'TENSOR_MISMATCH',
      /bn1.bias has the shape \[9\], not \[8\]/,
    ],
    [
      'are for colour where the depthwise kernels are',
      () => [
        ...without('blocks.0.0.conv_dw.weight'),
        { name: 'blocks.0.0.conv_dw.weight', shape: [8, 3, 3, 3], values: new Float32Array(216) },
      ],
      'TENSOR_MISMATCH',
      /conv_dw.weight has the shape \[8, 3, 3, 3\]/,
    ],
    [
      'hold a NaN',
      () => [...without('bn1.bias'), { name: 'bn1.bias', shape: [8], values: new Float32Array(8).fill(NaN) }],
      'NOT_FINITE',
      /bn1.bias/,
    ],
    [
      'hold a negative variance',
      () => [
        ...without('bn1.running_var'),
        { name: 'bn1.running_var', shape: [8], values: new Float32Array(8).fill(-1) },
      ],
      'NOT_FINITE',
      /negative variance/,
    ],
  ] as [string, () => TestTensor[], string, RegExp][])(
    'that %s are refused',
    async (_, tensors, code, message) => {
      await expect(startFrom(safetensors(tensors()))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as unknown,
      });
    },
  );

  test('that are of whole numbers, or no safetensors at all, are refused', async () => {
    const header = { 'conv_stem.weight': { dtype: 'I32', shape: [8, 1, 3, 3], data_offsets: [0, 288] } };
    await expect(startFrom(rawSafetensors(JSON.stringify(header), Buffer.alloc(288)))).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
      message: expect.stringContaining('I32, not F32, F16 or BF16') as unknown,
    });
    await expect(startFrom(Buffer.from('PK\u0003\u0004 a pickle'))).rejects.toMatchObject({
      code: 'BAD_SAFETENSORS',
    });
  });
});
