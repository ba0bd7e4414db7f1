import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
let folder: string;

/** The scale before and after what happens. */
async function scales(...happens: string[]): Promise<string[]> {
  const { stdout } = await run(join(folder, 'check'), happens);
  return stdout.trim().split(' ');
}

// float16 trains only on a GPU; the logic of its loss scale needs none.
describe('the loss scale', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loss-scaler-'));
    const sources = ['test/native/training/loss_scaler_check.cpp', 'native/training/loss_scaler.cpp'];
    await run(
      process.env.CXX ?? 'c++',
      ['-std=c++20', '-I', 'native', ...sources, '-o', join(folder, 'check')],
      { cwd: root },
    );
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is 1 without float16, whatever happens', async () => {
    expect(await scales('off', '+3000', '-')).toEqual(['1', '1', 'stuck']);
  });

  test('is halved by each overflow, and doubled after 2000 steps without one', async () => {
    expect(await scales('on', '-', '-', '+1999', '+1', '+1999', '-', '+1999', '+1')).toEqual([
      '65536',
      '32768',
      '16384',
      '16384',
      '32768',
      '32768',
      '16384',
      '16384',
      '32768',
    ]);
  });

  test('stays within bounds, and at the lower one is not to blame any more', async () => {
    expect(await scales('on', ...Array<string>(16).fill('-'), '-')).toEqual([
      ...Array.from({ length: 17 }, (_, i) => String(2 ** (16 - i))),
      'stuck',
    ]);
    expect((await scales('on', '+2000', ...Array<string>(20).fill('+2000'))).at(-1)).toBe('1.67772e+07');
  });
});
