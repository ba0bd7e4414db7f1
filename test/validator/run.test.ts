import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Log, type RepoId, silentLog } from '../../src/common/index.js';
import { lockState } from '../../src/common/state-lock.js';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { leaderboard } from '../../src/validator/leaderboard.js';
import type { RoundReport } from '../../src/validator/report.js';
import { runValidator } from '../../src/validator/run.js';
import { VALIDATOR_DEFAULTS, type ValidatorSettings } from '../../src/validator/settings.js';
import { validatorStateFiles } from '../../src/validator/state-directory.js';
import { Store } from '../../src/validator/store.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { submitModel, trainedWeights } from './published-model.js';

const MINERS = ['good', 'poor'];

let folder: string;
let net: LocalNet;
let settings: ValidatorSettings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  const path = join(folder, 'data');
  const cacheDirectory = join(folder, 'pixels');
  await synthesizeDataset({ path, images: 48, seed: 1, size: 64 });
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  net = await startLocalNet(folder, { names: [...MINERS, 'stranger'] });
  for (const [seed, name] of MINERS.entries()) {
    const epochs = name === 'good' ? 20 : 1;
    await submitModel(net, name, await trainedWeights(folder, { seed, epochs, cachePath, images: 40 }));
  }
  settings = {
    ...VALIDATOR_DEFAULTS,
    netuid: NETUID,
    endpoints: [net.chainUrl],
    wallet: net.account('owner').location,
    device: { kind: 'cpu', threads: 1 },
    // The data set's: this hub refuses whoever shows it, so a miner's repository that saw it would not be judged.
    hub: { endpoint: net.hubUrl, token: 'hf_ofthedataset12' },
    dataset: { path, cacheDirectory },
    queryTime: 4,
    epochLength: 3,
    rounds: 2,
    stateDirectory: join(folder, 'state'),
  };
}, 120_000);

afterAll(async () => {
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (over: Partial<ValidatorSettings> = {}, log = silentLog, signal?: AbortSignal) =>
  runValidator({ ...settings, ...over }, { log, ...(signal ? { signal } : {}) });

async function reports(): Promise<RoundReport[]> {
  const text = await readFile(validatorStateFiles(join(folder, 'state')).reports, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RoundReport);
}

async function weightsOnChain(): Promise<Map<number, number>> {
  const uid = await net.chain.uidOf(NETUID, net.account('owner').hotkey);
  return new Map(await net.chain.weights(NETUID, uid as number));
}

describe('a validator', () => {
  test('judges, scores and sets weights that order the miners by their loss; a restart goes on with the scores', async () => {
    await run();
    const [first, second, ...none] = await reports();
    expect(none).toEqual([]);
    const losses = MINERS.map((name) => {
      const { hotkey } = net.account(name);
      return second?.results.find((result) => result.hotkey === hotkey);
    });
    expect(losses.map((result) => result?.rank)).toEqual([0, 1]);
    expect(second?.block).toBeGreaterThan(first?.block as number);
    const [good, poor] = await Promise.all(
      MINERS.map((name) => net.chain.uidOf(NETUID, net.account(name).hotkey)),
    );
    const weights = await weightsOnChain();
    expect(weights.get(good as number)).toBe(65535);
    expect(weights.get(poor as number)).toBeGreaterThan(0);
    expect(weights.get(poor as number)).toBeLessThan(6000);
    expect([...weights.keys()].sort()).toEqual([good, poor].sort());

    await run({ rounds: 1 });
    const all = await reports();
    expect(all).toHaveLength(3);
    const best = all.at(-1)?.results.find(({ uid }) => uid === good);
    // Third in a row: 24, 28.8, 29.76.
    expect(best?.score).toBeCloseTo(29.76, 10);
    const store = new Store(validatorStateFiles(join(folder, 'state')).database);
    try {
      expect(leaderboard(store).map(({ uid }) => uid)).toEqual([good, poor]);
      expect(store.weightSettings(9).every(({ ok }) => ok)).toBe(true);
    } finally {
      store.close();
    }
  });

  test('sets no weights when told not to', async () => {
    const uid = await net.chain.uidOf(NETUID, net.account('owner').hotkey);
    const lastUpdate = async () =>
      (await net.chain.metagraph(NETUID)).neurons.find((neuron) => neuron.uid === uid)?.lastUpdate;
    const before = await lastUpdate();
    await run({ rounds: 1, disableSetWeights: true, stateDirectory: join(folder, 'state-disabled') });
    expect(await lastUpdate()).toBe(before);
  });

  test('stops at an abort without an error, and keeps what it knows', async () => {
    const controller = new AbortController();
    const log = new Log({
      level: 'SUCCESS',
      write: (line) => {
        if (line.includes('Round')) controller.abort();
      },
    });
    const { rounds: _, ...forever } = settings;
    const stateDirectory = join(folder, 'state-aborted');
    await runValidator({ ...forever, stateDirectory }, { log, signal: controller.signal });
    const store = new Store(validatorStateFiles(stateDirectory).database);
    try {
      expect(store.lastReport()?.results).toHaveLength(2);
    } finally {
      store.close();
    }
  });

  test('says what is missing before it starts', async () => {
    const elsewhere = { stateDirectory: join(folder, 'state-errors') };
    const stranger = net.account('stranger').location;
    await expect(run({ ...elsewhere, wallet: stranger })).rejects.toMatchObject({
      code: 'NOT_REGISTERED',
      remedy: expect.stringContaining('btcli'),
    });
    const nobody = { ...stranger, name: 'nobody' };
    await expect(run({ ...elsewhere, wallet: nobody })).rejects.toMatchObject({ code: 'WALLET_MISSING' });
    const dataset = { path: join(folder, 'no data') };
    await expect(run({ ...elsewhere, dataset })).rejects.toMatchObject({ code: 'DATASET_MISSING' });
    const empty = join(folder, 'no images');
    await mkdir(empty);
    await writeFile(join(empty, 'Data_Entry.csv'), 'image_name,label\n00000001_000.png,Mass\n');
    await expect(run({ ...elsewhere, dataset: { path: empty } })).rejects.toMatchObject({
      code: 'DATASET_MISSING',
      message: expect.stringContaining('images'),
    });
    await writeFile(join(empty, 'Data_Entry.csv'), 'nonsense');
    await expect(run({ ...elsewhere, dataset: { path: empty } })).rejects.toMatchObject({
      code: 'DATASET_UNREADABLE',
    });
    await expect(run({ ...elsewhere, endpoints: ['ws://127.0.0.1:9'] })).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
  });

  test('says that another validator has the state folder before anything is fetched', async () => {
    const stateDirectory = join(folder, 'state-in-use');
    await mkdir(stateDirectory);
    const release = lockState(stateDirectory);
    try {
      const dataset = { path: join(folder, 'no data'), link: 'owner/data' as RepoId };
      await expect(run({ stateDirectory, dataset })).rejects.toMatchObject({ code: 'STATE_IN_USE' });
    } finally {
      release();
    }
  });

  test('starts and says so when the reports cannot be written', async () => {
    const stateDirectory = join(folder, 'state-full');
    await run({ stateDirectory, rounds: 1, disableSetWeights: true });
    const { reports } = validatorStateFiles(stateDirectory);
    await rm(reports);
    await mkdir(reports);
    const lines: string[] = [];
    const log = new Log({ level: 'ERROR', write: (line) => lines.push(line) });
    await run({ stateDirectory, rounds: 1, disableSetWeights: true }, log);
    expect(lines.join('')).toMatch(
      /is not in its file yet: .*EISDIR[^]*is not in its file yet, the next round/,
    );
  });

  test('refuses the state of another chain', async () => {
    const other = await startLocalNet(join(folder, 'other'), { names: [] });
    try {
      const there = { endpoints: [other.chainUrl], wallet: other.account('owner').location };
      await expect(run({ ...there, disableSetWeights: true })).rejects.toMatchObject({
        code: 'STATE_OF_ANOTHER_CHAIN',
        message: expect.stringContaining(join(folder, 'state')),
      });
    } finally {
      await other.close();
    }
  });
});
