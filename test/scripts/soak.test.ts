import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { slopePerThousand } from '../../scripts/soak-slope.mjs';

const SOAK = join(import.meta.dirname, '../../scripts/soak.mjs');

describe('the soak', () => {
  test('tells in one line what was sent and what is held', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--expose-gc', SOAK, '--blocks', '60', '--block-ms', '40'],
    ]);
    const report = JSON.parse(stdout) as Record<string, Record<string, number>>;
    expect(report).toMatchObject({ epochs: 3, outcomes: { included: 6 } });
    expect(report['blocks']).toBeGreaterThanOrEqual(60);
    expect(report['handles']?.['most']).toBeLessThan(40);
    expect(report['rssMiB']?.['last']).toBeGreaterThan(10);
  });

  test.each([
    [
      [
        [0, 5],
        [1000, 7],
        [2000, 9],
      ],
      2,
    ],
    [
      [
        [0, 5],
        [1000, 5],
      ],
      0,
    ],
    [[[0, 5]], 0],
    [[], 0],
  ] as [[number, number][], number][])('the slope of %j is %d for a thousand', (points, expected) => {
    expect(slopePerThousand(points)).toBeCloseTo(expected, 9);
  });
});
