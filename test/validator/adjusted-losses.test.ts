import { describe, expect, test } from '@jest/globals';
import { adjustedLosses } from '../../src/validator/adjusted-losses.js';

const loss = (modelId: string, sample: string, value: number, images = 100) => ({
  modelId,
  sample,
  loss: value,
  images,
});

describe('losses on different samples', () => {
  test('stay as they are when all models have the same sample', () => {
    const losses = adjustedLosses([loss('a', 's', 0.15), loss('b', 's', 0.16)]);
    expect(losses.get('a')).toBeCloseTo(0.15, 8);
    expect(losses.get('b')).toBeCloseTo(0.16, 8);
  });

  test('are compared by way of a model that has both', () => {
    // The second sample is harder by 0.01: c is as good as a, whose sample was easy.
    const losses = adjustedLosses([
      loss('a', 'easy', 0.15),
      loss('b', 'easy', 0.16),
      loss('b', 'hard', 0.17),
      loss('c', 'hard', 0.16),
    ]);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => losses.get(name) as number);
    expect(c).toBeCloseTo(a as number, 7);
    expect((b as number) - (a as number)).toBeCloseTo(0.01, 7);
  });

  test('are compared through a chain of samples', () => {
    const losses = adjustedLosses([
      loss('a', '1', 0.15),
      loss('b', '1', 0.16),
      loss('b', '2', 0.18),
      loss('c', '2', 0.2),
      loss('c', '3', 0.15),
      loss('d', '3', 0.13),
    ]);
    // d is 0.02 better than c, c 0.02 worse than b, b 0.01 worse than a.
    expect((losses.get('d') as number) - (losses.get('a') as number)).toBeCloseTo(0.01, 6);
  });

  test('weigh samples by their images', () => {
    const losses = adjustedLosses([
      loss('a', '1', 0.15, 300),
      loss('b', '1', 0.16, 300),
      loss('a', '2', 0.15, 100),
      loss('b', '2', 0.2, 100),
    ]);
    expect((losses.get('b') as number) - (losses.get('a') as number)).toBeCloseTo(0.02, 7);
  });

  test('are compared at once after months, when the best has met somebody on each of 5,000 samples', () => {
    const losses = Array.from({ length: 5000 }, (_, n) => [
      loss('best', `s${n}`, 0.15 + 0.001 * (n % 7)),
      loss(`m${n % 50}`, `s${n}`, 0.16 + 0.001 * (n % 7)),
    ]).flat();
    // By the samples it would be 5,000 equations: minutes.
    const adjusted = adjustedLosses(losses);
    expect((adjusted.get('m7') as number) - (adjusted.get('best') as number)).toBeCloseTo(0.01, 6);
  });

  test('are compared as they stand when nothing ties the samples together', () => {
    const losses = adjustedLosses([loss('a', '1', 0.15), loss('b', '2', 0.16)]);
    expect((losses.get('b') as number) - (losses.get('a') as number)).toBeCloseTo(0.01, 7);
  });
});
