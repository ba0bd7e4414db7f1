import { describe, expect, test } from '@jest/globals';
import { baselineCommand, contestantsOf, readBaseline } from '../../../scripts/bench/contestants.mjs';
import { standingRow, standings } from '../../../scripts/bench/standings.mjs';
import { markdownTable } from '../../../scripts/bench/table.mjs';

const COMPETITION = {
  python: 'torch/python',
  kerasPython: 'keras/python',
  baselines: 'scripts',
  batch: 32,
  size: 224,
  threads: undefined,
  steps: undefined,
  limit: 30,
};

function run(
  contestant: 'bf16' | 'fp32' | 'keras' | 'torch' | 'compiled',
  round: number,
  imagesPerSecond: number,
) {
  const shared = { mode: 'train', arch: 'cnn', framework: 'x', foreignShare: 0, peakMib: 100 + round };
  return { ...shared, contestant, round, imagesPerSecond, cleanSamples: 5 };
}

describe('standings', () => {
  test('a ratio is the median of the ratios within rounds, not the ratio of the medians', () => {
    const ours = [100, 300, 90];
    const theirs = [50, 200, 30];
    const runs = ours.flatMap((speed, round) => [
      run('bf16', round, speed),
      run('keras', round, theirs[round] ?? 0),
    ]);
    const [first, second] = standings(runs);
    expect(first).toEqual({
      mode: 'train',
      arch: 'cnn',
      contestant: 'bf16',
      rounds: 3,
      imagesPerSecond: 100,
      peakMib: 102,
      noisy: false,
      ratios: { keras: 2 },
    });
    expect(second).toMatchObject({ contestant: 'keras', imagesPerSecond: 50, ratios: {} });
  });

  test('rounds in which one of the two is missing give no ratio', () => {
    expect(standings([run('fp32', 1, 10), run('torch', 2, 5)])[0]?.ratios).toEqual({});
  });

  test('one round with fewer than two clean samples makes a row noisy', () => {
    const [standing] = standings([run('fp32', 1, 10), { ...run('fp32', 2, 10), cleanSamples: 1 }]);
    expect(standing?.noisy).toBe(true);
    expect(standing && standingRow(standing)).toEqual([
      'train',
      'cnn',
      'HealthTensor fp32',
      10,
      '',
      '',
      '',
      102,
      'noisy',
    ]);
  });
});

describe('contestants', () => {
  test('those whose interpreter is given take part, the compiled one in evaluation only', () => {
    expect(contestantsOf(COMPETITION, 'train')).toEqual(['bf16', 'keras', 'fp32', 'torch']);
    expect(contestantsOf(COMPETITION, 'eval')).toEqual(['bf16', 'keras', 'fp32', 'torch', 'compiled']);
    expect(contestantsOf({ ...COMPETITION, python: undefined, kerasPython: undefined }, 'eval')).toEqual([
      'bf16',
      'fp32',
    ]);
  });

  test('each baseline is started with its own interpreter and flags', () => {
    const keras = baselineCommand('keras', 'train', 'vgg', 3, COMPETITION);
    expect([keras.program, ...keras.args].join(' ')).toBe(
      'keras/python scripts/bench_keras.py --arch vgg --mode train --batch 32 --steps 3 --warmup 1',
    );
    const compiled = baselineCommand('compiled', 'eval', 'cnn', 9, { ...COMPETITION, size: 64, threads: 1 });
    expect([compiled.program, ...compiled.args].join(' ')).toBe(
      'torch/python scripts/bench_torch.py --arch cnn --mode eval --batch 32 --steps 9 --warmup 3 --threads 1 ' +
        '--size 64 --layout nhwc --dtype bf16 --opt compilefreeze',
    );
  });

  test("a baseline's speed is that of its clean steps when it has some", () => {
    const line = {
      framework: 'torch 2',
      images_per_s: 10,
      images_per_s_clean: 12,
      clean_steps: 4,
      foreign_cpu: 0.1,
      peak_rss_mib: 900,
    };
    expect(readBaseline(line)).toEqual({
      framework: 'torch 2',
      imagesPerSecond: 12,
      cleanSamples: 4,
      foreignShare: 0.1,
      peakMib: 900,
    });
    expect(readBaseline({ ...line, images_per_s_clean: null, clean_steps: 1 }).imagesPerSecond).toBe(10);
  });
});

test('a table lines up, numbers to the right', () => {
  expect(
    markdownTable(
      ['who', 'speed'],
      [
        ['a', 5],
        ['bcde', 123],
      ],
    ),
  ).toBe(['| who  | speed |', '| ---- | ----: |', '| a    |     5 |', '| bcde |   123 |'].join('\n'));
});
