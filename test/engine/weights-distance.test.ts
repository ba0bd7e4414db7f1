import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { weightsDistance } from '../../src/engine/index.js';
import { parityFixture, specOf, tensorsOf } from '../support/engine-fixture.js';
import { type TestTensor, safetensors, uniform } from '../support/safetensors.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const parity = (await parityFixture()).cases.find(({ architecture }) => architecture === 'res');
if (parity === undefined) throw new Error('the fixture has no res');
const spec = specOf(parity);
const tensors = tensorsOf(parity);

async function distanceOf(other: readonly TestTensor[]): ReturnType<typeof weightsDistance> {
  return await inTemporaryFolder(async (folder) => {
    const [weightsPath, otherPath] = [join(folder, 'a.safetensors'), join(folder, 'b.safetensors')];
    await writeFile(weightsPath, safetensors(tensors));
    await writeFile(otherPath, safetensors(other));
    return await weightsDistance({ spec, weightsPath, otherPath });
  });
}

async function measured(change: (tensor: TestTensor, stream: number) => TestTensor) {
  const distance = await distanceOf(tensors.map(change));
  if (!distance.ok) throw new Error(distance.detail);
  return distance;
}

/** Another tensor with the values that `value` makes of the old ones. */
const changed = (tensor: TestTensor, value: (old: number, index: number) => number): TestTensor => ({
  ...tensor,
  values: tensor.values.map(value),
});
const isWeight = ({ shape }: TestTensor) => shape.length > 1;

/** A number for each output channel. */
const byRow = (tensor: TestTensor, index: number) =>
  Math.floor((index * (tensor.shape[0] ?? 1)) / tensor.values.length);

describe('the distance of two files of weights', () => {
  test('is 0 for the same values', async () => {
    expect(await measured((tensor) => tensor)).toEqual({ ok: true, relative: 0, backbone: 0, head: 0 });
  });

  test('is the relative size of noise that was added', async () => {
    const { relative, backbone, head } = await measured((tensor, stream) => {
      const noise = uniform(50_000 + stream, tensor.values.length);
      // The weights are even on -s..s; so is the noise, on a hundredth of it.
      const scale = tensor.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 100;
      return changed(tensor, (old, i) => old + scale * (2 * (noise[i] ?? 0) - 1));
    });
    for (const distance of [relative, backbone, head]) {
      expect(distance).toBeGreaterThan(0.008);
      expect(distance).toBeLessThan(0.012);
    }
  });

  test('does not see the length and sign of rows, which a batch norm undoes, nor what is no weight', async () => {
    const { relative } = await measured((tensor) =>
      isWeight(tensor)
        ? changed(tensor, (old, i) => old * (byRow(tensor, i) % 2 === 0 ? 3 : -0.25))
        : changed(tensor, (old) => old + 1),
    );
    expect(relative).toBeLessThan(1e-6);
  });

  test('is near the root of 2 for unrelated weights, and tells the backbone from the head', async () => {
    const { relative, backbone, head } = await measured((tensor, stream) => {
      if (!tensor.name.startsWith('head.')) return tensor;
      const other = uniform(70_000 + stream, tensor.values.length);
      return changed(tensor, (_, i) => (other[i] ?? 0) - 0.5);
    });
    expect(backbone).toBe(0);
    expect(head).toBeGreaterThan(1.2);
    expect(head).toBeLessThan(Math.SQRT2);
    expect(relative).toBeGreaterThan(0);
    expect(relative).toBeLessThan(head);
  });

  test('has a row of zeros like another one, and like nothing else', async () => {
    const { relative } = await measured((tensor) => (isWeight(tensor) ? changed(tensor, () => 0) : tensor));
    expect(relative).toBeCloseTo(Math.SQRT2, 12);
  });

  test('is a verdict when a file is of another architecture or not finite', async () => {
    expect(await distanceOf(tensors.slice(1))).toMatchObject({ ok: false, code: 'TENSOR_MISMATCH' });
    const infinite = tensors.map((tensor) =>
      isWeight(tensor) ? changed(tensor, (old, i) => (i === 0 ? Infinity : old)) : tensor,
    );
    expect(await distanceOf(infinite)).toMatchObject({ ok: false, code: 'NOT_FINITE' });
  });
});
