import { appendFile, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { beforeAll, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { isSignedByValidator, type SignedReport } from '../../src/validator/answers/signature.js';
import type { RoundReport } from '../../src/validator/report.js';
import { writeReports } from '../../src/validator/reports-file.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

let signer: KeyringPair;

beforeAll(async () => {
  await cryptoWaitReady();
  signer = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
});

const pathsIn = (folder: string) => ({
  reports: join(folder, 'reports.jsonl'),
  newestReport: join(folder, 'report.json'),
});

const report = (block: number): RoundReport => ({
  version: 2,
  netuid: 31,
  validator: signer.address as Hotkey,
  block,
  blockHash: '0x00',
  chainBlock: block,
  finishedAt: '2026-01-01T00:00:00.000Z',
  rules: {
    evaluationImages: 2048,
    movingAverageAlpha: 0.8,
    tieMargin: 0.002,
    leastDifference: 1e-5,
    missChance: 0.001,
    payout: 'original',
  },
  samples: [],
  results: [],
});

/** What the state has of these rounds. */
const stateOf = (...of: readonly RoundReport[]) => ({
  reportsAfter: (block: number) => of.filter((one) => one.block > block),
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
    const paths = pathsIn(folder);
    const path = paths.reports;
    for (const block of [10, 20, 20]) await writeReports(paths, stateOf(report(block)), signer);
    expect(await blocks(path)).toEqual([10, 20]);
  }));

test('a line that was cut off spoils only itself', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    const path = paths.reports;
    await writeReports(paths, stateOf(report(10)), signer);
    await appendFile(path, '{"version":1,"block":20,"resu');
    await writeReports(paths, stateOf(report(30)), signer);
    expect(await blocks(path)).toEqual([10, 'broken', 30]);
  }));

test('a file that has grown large makes room for a new one', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    const path = paths.reports;
    await writeReports(paths, stateOf(report(10)), signer);
    await truncate(path, 65 * 1024 * 1024);
    await writeReports(paths, stateOf(report(20)), signer);
    expect(await blocks(path)).toEqual([20]);
    expect((await readFile(`${path}.1`)).length).toBe(65 * 1024 * 1024);
  }));

test('each line, and the newest report by itself, carry the signature of the validator', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    for (const block of [10, 20]) await writeReports(paths, stateOf(report(block)), signer);
    const newest = JSON.parse(await readFile(paths.newestReport, 'utf8')) as SignedReport;
    expect(newest.block).toBe(20);
    const lines = (await readFile(paths.reports, 'utf8')).trimEnd().split('\n');
    for (const one of [newest, ...lines.map((line) => JSON.parse(line) as SignedReport)])
      expect(await isSignedByValidator(one)).toBe(true);
  }));

test('a validator that was killed before it wrote the newest report writes the line that stands', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    await writeReports(paths, stateOf(report(10)), signer);
    await rm(paths.newestReport);
    await writeReports(paths, stateOf(report(10)), signer);
    expect(await readFile(paths.newestReport, 'utf8')).toBe(await readFile(paths.reports, 'utf8'));
  }));

test('rounds whose line could not be written are written with the next one', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    await writeReports(paths, stateOf(report(10)), signer);
    const blocked = { ...paths, reports: join(folder, 'nowhere', 'reports.jsonl') };
    await expect(writeReports(blocked, stateOf(report(20)), signer)).rejects.toThrow('ENOENT');
    await appendFile(paths.reports, '{"version":2,"block":20,"resu'); // as a full disk leaves it
    await writeReports(paths, stateOf(...[10, 20, 30].map(report)), signer);
    expect(await blocks(paths.reports)).toEqual([10, 'broken', 20, 30]);
    const newest = JSON.parse(await readFile(paths.newestReport, 'utf8')) as SignedReport;
    expect(newest.block).toBe(30);
  }));

test('a state that is older than the file, because a copy took its place, adds nothing', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    for (const block of [10, 20]) await writeReports(paths, stateOf(report(block)), signer);
    await writeReports(paths, stateOf(report(10)), signer);
    expect(await blocks(paths.reports)).toEqual([10, 20]);
    expect((JSON.parse(await readFile(paths.newestReport, 'utf8')) as SignedReport).block).toBe(20);
  }));

test('the reports of another validator are not signed', () =>
  inTemporaryFolder(async (folder) => {
    const paths = pathsIn(folder);
    const anothers = { ...report(10), validator: 'another' as Hotkey };
    await writeReports(paths, stateOf(anothers, report(20)), signer);
    expect(await blocks(paths.reports)).toEqual([20]);
  }));
