import { describe, expect, test } from '@jest/globals';
import { bestEpoch, qualityTables } from '../../../scripts/bench/quality-tables.mjs';

function run(who: 'fp32' | 'bf16' | 'torch', seed: number, losses: number[], meanAuroc = 0.6) {
  return { who, seed, epochs: losses.map((loss) => ({ trainLoss: 1, loss, meanAuroc: meanAuroc + loss })) };
}

describe('the tables of equal trainings', () => {
  test("a run stands for its epoch of the least validation loss, with that epoch's AUROC", () => {
    expect(bestEpoch(run('fp32', 1, [0.5, 0.2, 0.3]))).toEqual({ loss: 0.2, meanAuroc: 0.8 });
  });

  test('seeds are paired: differences are those within a seed', () => {
    const runs = [1, 2, 3].flatMap((seed) => [
      run('torch', seed, [seed / 10]),
      run('fp32', seed, [seed / 10 + 0.01]),
    ]);
    const tables = qualityTables(runs);
    expect(tables).toMatch(
      /validation loss \| HealthTensor fp32 \| 0\.1100 \| 0\.2100 \| 0\.3100 \| 0\.2100 \| 0\.1000/,
    );
    expect(tables).toMatch(
      /validation loss \| HealthTensor fp32 - PyTorch fp32 \| \+0\.0100 \| \+0\.0100 \.\. \+0\.0100/,
    );
    expect(tables).not.toContain('bf16');
  });

  test('one seed gives values but no interval', () => {
    expect(qualityTables([run('fp32', 1, [0.2])])).not.toContain('interval');
  });
});
