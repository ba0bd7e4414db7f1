import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import type { RoundReport } from '../../src/validator/report.js';
import { appendReport } from '../../src/validator/reports-file.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const report = (block: number): RoundReport => ({
  version: 1,
  netuid: 31,
  validator: 'v' as Hotkey,
  block,
  blockHash: '0x00',
  chainBlock: block,
  finishedAt: '2026-01-01T00:00:00.000Z',
  results: [],
});

async function blocks(path: string): Promise<(number | string)[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    try {
      return (JSON.parse(line) as RoundReport).block;
    } catch {
      return 'broken';
    }
  });
}

test('each round is one line, and the last one is not written twice', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'reports.jsonl');
    for (const block of [10, 20, 20]) await appendReport(path, report(block));
    expect(await blocks(path)).toEqual([10, 20]);
  }));

test('a line that was cut off spoils only itself', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'reports.jsonl');
    await appendReport(path, report(10));
    await appendFile(path, '{"version":1,"block":20,"resu');
    await appendReport(path, report(30));
    expect(await blocks(path)).toEqual([10, 'broken', 30]);
  }));

test('a file that has grown large makes room for a new one', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'reports.jsonl');
    await appendReport(path, report(10));
    await truncate(path, 65 * 1024 * 1024);
    await appendReport(path, report(20));
    expect(await blocks(path)).toEqual([20]);
    expect((await readFile(`${path}.1`)).length).toBe(65 * 1024 * 1024);
  }));
