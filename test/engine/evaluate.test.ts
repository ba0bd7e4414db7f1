import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ModelSpec } from '../../src/common/index.js';
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateWeights,
  inspectWeights,
} from '../../src/engine/index.js';
import { GRAYSCALE_SPEC as SPEC, grayscaleModel } from '../support/grayscale-model.js';
import { PIXELS_AT, type TestCache, pixelCacheBytes, rows, writePixelCache } from '../support/pixel-cache.js';
import { type TestTensor, safetensors } from '../support/safetensors.js';
import { DEVICE } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** Writes model and images and evaluates. */
async function evaluating<T>(
  setting: { tensors?: TestTensor[]; cache?: Partial<TestCache>; options?: Partial<EvaluateOptions> },
  body: (result: Awaited<ReturnType<typeof evaluateWeights>>) => T,
): Promise<T> {
  return await inTemporaryFolder(async (folder) => {
    const cache = { imageSize: 32, images: 8, ...setting.cache };
    const weightsPath = join(folder, 'model.safetensors');
    await writeFile(weightsPath, safetensors(setting.tensors ?? grayscaleModel(1, 0)));
    const cachePath = await writePixelCache(folder, cache);
    const base = { spec: SPEC, weightsPath, cachePath, indices: rows(cache.images), device: DEVICE };
    return body(await evaluateWeights({ ...base, ...setting.options }));
  });
}

function accepted(verdict: Awaited<ReturnType<typeof evaluateWeights>>): Evaluation {
  if (!verdict.ok) throw new Error(`${verdict.code}: ${verdict.detail}`);
  return verdict.evaluation;
}

describe('evaluation', () => {
  // Eight even images; the finding 0 is in those marked, the finding 1 in all, the finding 2 in none.
  const grays = [10, 20, 20, 20, 30, 40, 40, 50];
  const marked = [0, 0, 1, 1, 0, 1, 0, 1];
  const cache = {
    images: 8,
    gray: (row: number) => grays[row] ?? 0,
    labels: (row: number) => (marked[row] ?? 0) | 2,
  };

  test('gives the AUROC of ranks, ties counting half, and none where only one class is', async () => {
    await evaluating({ cache }, (verdict) => {
      const { auroc, meanAuroc } = accepted(verdict);
      // Positives 20, 20, 40, 50 against negatives 10, 20, 30, 40: 1.5 + 1.5 + 3.5 + 4 of 16 pairs.
      expect(auroc[0]).toBeCloseTo(10.5 / 16, 12);
      expect(auroc.slice(1)).toEqual(Array(13).fill(null));
      expect(meanAuroc).toBe(auroc[0]);
    });
  });

  test('has no mean AUROC when no finding has one', async () => {
    await evaluating({ cache: { ...cache, labels: () => 0 } }, (verdict) => {
      expect(accepted(verdict).meanAuroc).toBeNull();
    });
  });

  test('gives the mean binary cross-entropy over images and findings, and that of each image', async () => {
    const [slope, shift] = [4, -0.5];
    await evaluating({ cache, tensors: grayscaleModel(slope, shift) }, (verdict) => {
      const { loss, images, perImageLoss } = accepted(verdict);
      const wanted = grays.map((gray, row) => {
        const present = 1 / (1 + Math.exp(-((slope * gray) / 255 + shift)));
        const positives = 1 + (marked[row] ?? 0);
        return (-positives * Math.log(present) - (14 - positives) * Math.log(1 - present)) / 14;
      });
      expect(images).toBe(8);
      wanted.forEach((value, row) => expect(perImageLoss[row]).toBeCloseTo(value, 6));
      expect(loss).toBeCloseTo(wanted.reduce((sum, value) => sum + value, 0) / 8, 6);
    });
  });

  test('is finite for logits far beyond what exp can bear', async () => {
    await evaluating({ cache: { ...cache, labels: () => 0 }, tensors: grayscaleModel(0, 1e6) }, (verdict) => {
      expect(accepted(verdict).loss).toBeCloseTo(1e6, 0);
    });
  });

  test('does not depend on the batch size, and takes the rows in the order given', async () => {
    const indices = Uint32Array.of(7, 0, 3, 3, 1);
    const results: Evaluation[] = [];
    for (const batchSize of [1, 2, 5, 100]) {
      await evaluating({ cache, options: { indices, batchSize } }, (verdict) =>
        results.push(accepted(verdict)),
      );
    }
    for (const result of results) expect(result).toEqual(results[0]);
    const losses = results[0]?.perImageLoss;
    expect(losses?.[2]).toBe(losses?.[3]);
    expect(losses?.[0]).not.toBe(losses?.[1]);
  });

  test('is nearly the same in bf16, and equal to the bit when it is done again', async () => {
    const losses: Record<string, number[]> = { fp32: [], bf16: [] };
    for (const precision of ['fp32', 'bf16'] as const) {
      for (let again = 0; again < 2; again += 1) {
        await evaluating({ cache, tensors: grayscaleModel(4, -0.7), options: { precision } }, (verdict) =>
          losses[precision]?.push(accepted(verdict).loss),
        );
      }
    }
    const [single = 0, brain = 0] = [losses.fp32?.[0], losses.bf16?.[0]];
    expect(losses.fp32).toEqual([single, single]);
    expect(losses.bf16).toEqual([brain, brain]);
    expect(brain).not.toBe(single);
    expect(Math.abs(brain - single)).toBeLessThan(2e-3);
  });

  test('can be aborted between batches and reports progress', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ batch }: { batch: number }) => {
      seen.push(batch);
      controller.abort('stop');
    };
    const options = { indices: new Uint32Array(5000), batchSize: 1, signal: controller.signal, onProgress };
    await expect(evaluating({ options }, accepted)).rejects.toBe('stop');
    expect(seen).toHaveLength(1);
  });

  test('gives the logits by image, in the order of the rows', async () => {
    const [slopes, shifts] = [Array.from({ length: 14 }, (_, i) => i - 3), [...Array(14).keys()]];
    const indices = Uint32Array.of(7, 0, 3);
    const setting = { cache, tensors: grayscaleModel(slopes, shifts), options: { indices, batchSize: 2 } };
    await evaluating(setting, (verdict) => {
      const wanted = [...indices].flatMap((row) =>
        slopes.map((slope, finding) => (slope * (grays[row] ?? NaN)) / 255 + (shifts[finding] ?? NaN)),
      );
      const { logits } = accepted(verdict);
      expect(logits).toHaveLength(wanted.length);
      wanted.forEach((logit, i) => expect(logits[i]).toBeCloseTo(logit, 5));
    });
  });

  test.each([1, 3])('counts denormal numbers as zero on all of %i threads', async (threads) => {
    // They would slow a validator down many times over. The product of a denormal 1e-40 and a weight of 1e38 would be plain to see.
    const tensors = grayscaleModel(1, 0).map((tensor) => {
      if (tensor.name === 'conv1.weight') return { ...tensor, values: tensor.values.map((x) => x * 1e-40) };
      return tensor.name === 'head.fc1.weight'
        ? { ...tensor, values: tensor.values.map((x) => x * 1e38) }
        : tensor;
    });
    const options = { device: { ...DEVICE, threads } };
    await evaluating({ tensors, options, cache: { images: 24, gray: () => 255 } }, (verdict) => {
      expect(accepted(verdict).loss).toBeCloseTo(Math.LN2, 7);
    });
  });

  test.each<[string, Partial<ModelSpec>, string]>([
    ['an unknown architecture', { architecture: 'resnet' }, 'UNKNOWN_ARCHITECTURE'],
    ['an image size between the steps', { imageSize: 33 }, 'BAD_CONFIG'],
    ['a huge image size', { imageSize: 4096 }, 'BAD_CONFIG'],
    ['two channels', { channels: 2 as 1 }, 'BAD_CONFIG'],
    ['fifteen classes', { classes: 15 }, 'BAD_CONFIG'],
    ['an option that the architecture has not', { options: { width: 0.5 } }, 'BAD_CONFIG'],
    ['an option that is no number', { architecture: 'mobile', options: { width: 'wide' } }, 'BAD_CONFIG'],
    ['a width out of range', { architecture: 'mobile', options: { width: 8 } }, 'BAD_CONFIG'],
    ['a std of zero', { std: [0] }, 'BAD_CONFIG'],
    ['a mean that is not finite', { mean: [NaN] }, 'BAD_CONFIG'],
    ['a mean for each of three channels', { mean: [0, 0, 0] }, 'BAD_CONFIG'],
  ])('rejects a model with %s', async (_, changes, code) => {
    await evaluating({ options: { spec: { ...SPEC, ...changes } } }, (verdict) => {
      expect(verdict).toMatchObject({ ok: false, code });
    });
  });

  test('rejects weights whose answer is not finite', async () => {
    const tensors = grayscaleModel(3e38, 0).map((tensor) =>
      tensor.name === 'conv1.weight' ? { ...tensor, values: tensor.values.map((x) => x * 100) } : tensor,
    );
    await evaluating({ tensors, cache: { gray: () => 255 } }, (verdict) => {
      expect(verdict).toMatchObject({ ok: false, code: 'NOT_FINITE' });
    });
  });

  test('rejects weights that are a symbolic link or a folder', async () => {
    await inTemporaryFolder(async (folder) => {
      const cachePath = await writePixelCache(folder, { imageSize: 32, images: 8 });
      const real = join(folder, 'real.safetensors');
      await writeFile(real, safetensors(grayscaleModel(1, 0)));
      await symlink(real, join(folder, 'link.safetensors'));
      await mkdir(join(folder, 'folder.safetensors'));
      for (const name of ['link', 'folder']) {
        const weightsPath = join(folder, `${name}.safetensors`);
        const verdict = await evaluateWeights({
          spec: SPEC,
          weightsPath,
          cachePath,
          indices: rows(8),
          device: DEVICE,
        });
        expect(verdict).toMatchObject({ ok: false, code: 'BAD_SAFETENSORS' });
      }
    });
  });

  test('throws when the system does not give it the weights: that is not the fault of the model', async () => {
    await inTemporaryFolder(async (folder) => {
      const weightsPath = join(folder, 'missing.safetensors');
      const lost = { code: 'READ_FAILED', message: expect.stringContaining(weightsPath) as unknown };
      await expect(evaluating({ options: { weightsPath } }, accepted)).rejects.toMatchObject(lost);
      await expect(inspectWeights({ spec: SPEC, weightsPath })).rejects.toMatchObject(lost);
    });
  });

  test('throws for what is ours: no image, a row that is not there, a bad batch size', async () => {
    const thrownFor = (options: Partial<EvaluateOptions>) => evaluating({ options }, (verdict) => verdict);
    await expect(thrownFor({ indices: rows(0) })).rejects.toMatchObject({ code: 'NO_IMAGES' });
    await expect(thrownFor({ indices: Uint32Array.of(8) })).rejects.toMatchObject({ code: 'BAD_INDEX' });
    await expect(thrownFor({ batchSize: 0.5 })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    const precision = 'fp16' as 'bf16';
    await expect(thrownFor({ precision })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('a pixel cache', () => {
  const sound = () => pixelCacheBytes({ imageSize: 32, images: 8 });
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = sound();
    change(bytes);
    return bytes;
  };

  test.each<[string, Buffer, RegExp]>([
    ['is empty', Buffer.alloc(0), /shorter than its header/],
    ['has another magic', changed((bytes) => bytes.write('PNG', 0)), /magic/],
    ['has another version', changed((bytes) => bytes.writeUInt32LE(2, 8)), /version is 2/],
    ['has an odd image size', changed((bytes) => bytes.writeUInt32LE(33, 12)), /image size is 33/],
    ['has three channels', changed((bytes) => bytes.writeUInt32LE(3, 16)), /3 channels/],
    ['has 15 classes', changed((bytes) => bytes.writeUInt32LE(15, 20)), /15 classes/],
    ['is truncated', sound().subarray(0, -1), /truncated/],
    ['is too long', Buffer.concat([sound(), Buffer.alloc(1)]), /truncated or damaged/],
    ['promises more images than numbers hold', changed((bytes) => bytes.fill(255, 24, 32)), /truncated/],
    ['ends with its header', sound().subarray(0, PIXELS_AT), /truncated/],
  ])('that %s is refused', async (_, bytes, message) => {
    await inTemporaryFolder(async (folder) => {
      const weightsPath = join(folder, 'model.safetensors');
      const cachePath = join(folder, 'pixels-32.htc');
      await writeFile(weightsPath, safetensors(grayscaleModel(1, 0)));
      await writeFile(cachePath, bytes);
      const evaluation = evaluateWeights({
        spec: SPEC,
        weightsPath,
        cachePath,
        indices: rows(8),
        device: DEVICE,
      });
      await expect(evaluation).rejects.toMatchObject({
        name: 'HealthTensorError',
        code: 'BAD_PIXEL_CACHE',
        message: expect.stringMatching(message) as unknown,
      });
    });
  });
});
