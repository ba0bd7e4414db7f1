import { expect, test } from '@jest/globals';
import { HealthTensorError } from '../../src/common/index.js';
import { withSmallerBatch } from '../../src/miner/open-training.js';

const full = new HealthTensorError('OUT_OF_MEMORY', 'no memory');

test('out of memory names flags for the same training in less of it', () => {
  expect(withSmallerBatch(full, { batchSize: 32, accumulate: 1 })).toMatchObject({
    code: 'OUT_OF_MEMORY',
    remedy: expect.stringContaining('--batch_size 16 --accumulate 2'),
  });
});

test('out of memory with a batch that cannot be halved names a smaller image', () => {
  expect(withSmallerBatch(full, { batchSize: 2, accumulate: 1 })).toMatchObject({
    remedy: expect.stringContaining('--image_size'),
  });
});

test('other errors stay as they are', () => {
  const other = new HealthTensorError('NOT_FINITE', 'nan');
  expect(withSmallerBatch(other, { batchSize: 32, accumulate: 1 })).toBe(other);
});
