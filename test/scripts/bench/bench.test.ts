import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { type Ended, startNode } from '../../support/command.js';

const SCRIPTS = join(import.meta.dirname, '..', '..', '..', 'scripts', 'bench');
const SMALL = [
  '--arch',
  'mobile',
  '--size',
  '64',
  '--batch',
  '2',
  '--steps',
  '1',
  '--limit',
  '1',
  '--threads',
  '1',
];

const bench = (...args: string[]): Promise<Ended> => startNode(join(SCRIPTS, 'bench.mjs'), args).ended;

const number: unknown = expect.any(Number);

// Real runs, as small as they can be. What they measure depends on the machine and is not looked at.
describe('a case of npm run bench', () => {
  test.each([
    ['train', { parameters: 4_270_926 }],
    ['eval', { setupMs: number }],
  ])('%s prints one line of JSON with speed, share of the peak, memory and load time', async (mode, own) => {
    const { code, stdout, stderr } = await bench(mode, ...SMALL, '--precision', 'bf16', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    const result = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(result).toEqual({
      mode,
      arch: 'mobile',
      precision: 'bf16',
      batch: 2,
      size: 64,
      framework: expect.stringContaining('libtorch'),
      cpu: expect.any(String),
      threads: 1,
      loss: number,
      imagesPerSecond: number,
      stepMs: number,
      stepMsMin: number,
      samples: number,
      cleanSamples: number,
      foreignShare: number,
      gigaflopsPerSecond: number,
      peakGigaflopsPerSecond: number,
      shareOfPeak: number,
      peakMib: number,
      loadMs: number,
      ...own,
    });
    expect(result.shareOfPeak).toBeGreaterThan(0);
  });

  test('fast keeps the features of a frozen backbone in either precision', async () => {
    const { code, stdout, stderr } = await bench('fast', ...SMALL, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(results).toMatchObject([
      { mode: 'fast', precision: 'fp32', firstEpochImagesPerSecond: number, imagesPerSecond: number },
      { mode: 'fast', precision: 'bf16', firstEpochImagesPerSecond: number, imagesPerSecond: number },
    ]);
  });

  test('a table follows on standard error', async () => {
    const { code, stdout, stderr } = await bench('train', ...SMALL, '--precision', 'fp32');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('| arch   | precision |');
  });

  test('a mistake in the arguments ends it with one error and no stack', async () => {
    const { code, stdout, stderr } = await bench('train', '--batch', 'many');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: Expected --batch to be a positive whole number but received "many"');
    expect(stderr).not.toContain('    at ');
  });
});

test('bench:compare without interpreters sets our two precisions against each other', async () => {
  const args = ['--mode', 'train', '--rounds', '1', '--wait', '0', '--json', ...SMALL];
  const { code, stdout, stderr } = await startNode(join(SCRIPTS, 'compare.mjs'), args).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ contestant, round, rounds }) => ({ contestant, round, rounds }))).toEqual([
    { contestant: 'bf16', round: 1 },
    { contestant: 'fp32', round: 1 },
    { contestant: 'bf16', rounds: 1 },
    { contestant: 'fp32', rounds: 1 },
  ]);
});
