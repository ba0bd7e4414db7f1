import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatCommitment } from '../../src/chain/index.js';
import {
  type Digest,
  HealthTensorError,
  type RepoId,
  type Revision,
  silentLog,
} from '../../src/common/index.js';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { type Device, openDevice } from '../../src/engine/index.js';
import { Hub } from '../../src/hub/index.js';
import { EvaluationData } from '../../src/validator/evaluation-data.js';
import { Grace } from '../../src/validator/grace.js';
import { ModelStore } from '../../src/validator/model-store.js';
import type { RoundReport } from '../../src/validator/report.js';
import { type RoundContext, runRound } from '../../src/validator/round.js';
import { VALIDATOR_DEFAULTS, type ValidatorSettings } from '../../src/validator/settings.js';
import { type EvaluationKey, Store, type StoredEvaluation } from '../../src/validator/store.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { digestOf, publishModel, SPEC, trainedWeights } from './published-model.js';

// `good` has trained longest; `copier` holds its weights, committed later; `broken` a file cut short; `misshapen` says
// that its network is wider than its tensors are; `thief` names good's repository as its own; `closed` a repository that nobody may read; `idle` nothing.
const NAMES = ['good', 'poor', 'copier', 'broken', 'misshapen', 'thief', 'closed', 'idle'];

let folder: string;
let net: LocalNet;
let anybody: Hub;
let device: Device;
let settings: ValidatorSettings;
const dead = new Hub({ endpoint: 'http://127.0.0.1:9', limits: { attempts: 1 } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  device = await openDevice({ kind: 'cpu', threads: 1 });
  const path = join(folder, 'data');
  const cacheDirectory = join(folder, 'pixels');
  await synthesizeDataset({ path, images: 48, seed: 1, size: 64 });
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  const good = await trainedWeights(folder, { seed: 1, epochs: 25, cachePath, images: 40 });
  const poor = await trainedWeights(folder, { seed: 2, epochs: 1, cachePath, images: 40 });
  const other = await trainedWeights(folder, { seed: 3, epochs: 1, cachePath, images: 40 });
  net = await startLocalNet(folder, { names: NAMES });
  anybody = new Hub({ endpoint: net.hubUrl });
  settings = {
    ...VALIDATOR_DEFAULTS,
    netuid: NETUID,
    endpoints: [net.chainUrl],
    wallet: net.account('owner').location,
    device: { kind: 'cpu', threads: 1 },
    hub: { endpoint: net.hubUrl, token: undefined },
    dataset: { path, cacheDirectory },
    evaluationImages: 40,
    fetchDeadlineMs: 20_000,
  };

  const publish = async (name: string, weights: string | Uint8Array, spec = SPEC) => {
    const hub = new Hub({ endpoint: net.hubUrl, token: net.account(name).token });
    const repo = `${name}/model` as RepoId;
    try {
      return { repo, revision: await publishModel(hub, { repo, weights, spec }) };
    } finally {
      await hub.close();
    }
  };
  const commit = (name: string, where: { repo: RepoId; revision: Revision }, digest: Digest) =>
    net.commit(name, formatCommitment({ ...where, digest }));
  const own = (weights: string, name: string) => digestOf(weights, net.account(name).hotkey);
  const cut = (await readFile(good)).subarray(0, 5000);
  const published = await publish('good', good);
  await commit('good', published, await own(good, 'good'));
  await commit('poor', await publish('poor', poor), await own(poor, 'poor'));
  await commit('copier', await publish('copier', good), await own(good, 'copier'));
  const { createHash } = await import('node:crypto');
  const { modelDigest } = await import('../../src/chain/index.js');
  const cutDigest = modelDigest(createHash('sha256').update(cut).digest('hex'), net.account('broken').hotkey);
  await commit('broken', await publish('broken', cut), cutDigest);
  const wider = { ...SPEC, options: { width: 0.5 } };
  await commit('misshapen', await publish('misshapen', other, wider), await own(other, 'misshapen'));
  await commit('thief', published, await own(good, 'good'));
  const closed = { repo: 'closed/nowhere' as RepoId, revision: published.revision };
  await commit('closed', closed, await own(poor, 'closed'));
});

afterAll(async () => {
  await anybody.close();
  await dead.close();
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

/** A store that counts what was evaluated. */
class CountingStore extends Store {
  evaluated = 0;
  override recordEvaluation(key: EvaluationKey, outcome: StoredEvaluation, block: number): void {
    this.evaluated++;
    super.recordEvaluation(key, outcome, block);
  }
}

async function withValidator(
  body: (o: { context: RoundContext; store: CountingStore; state: string }) => Promise<void>,
  over: Partial<ValidatorSettings> = {},
): Promise<void> {
  await inTemporaryFolder(async (state) => {
    const store = new CountingStore(join(state, 'state.sqlite'));
    try {
      await body({
        state,
        store,
        context: {
          chain: net.chain,
          ownHotkey: net.account('owner').hotkey,
          store,
          models: new ModelStore(join(state, 'models'), anybody),
          grace: new Grace(),
          data: new EvaluationData(settings.dataset, silentLog),
          device,
          settings: { ...settings, ...over },
          log: silentLog,
        },
      });
    } finally {
      store.close();
    }
  });
}

/** By account name. */
function resultsOf(report: RoundReport) {
  return Object.fromEntries(
    NAMES.map((name) => [name, report.results.find(({ hotkey }) => hotkey === net.account(name).hotkey)]),
  );
}

describe('a round', () => {
  test('ranks sound models by loss and refuses each other one with its reason', () =>
    withValidator(async ({ context }) => {
      const report = await runRound(context, 10);
      const { good, poor, copier, broken, misshapen, thief, closed, idle } = resultsOf(report);
      expect(good).toMatchObject({ outcome: 'valid', rank: 0, reward: 30, score: 24 });
      expect(poor).toMatchObject({ outcome: 'valid', rank: 1, reward: 0.98 });
      expect(Number.isFinite(good?.loss) && Number.isFinite(poor?.loss)).toBe(true);
      expect(good?.loss).toBeLessThan(poor?.loss as number);
      expect(copier).toMatchObject({ outcome: 'refused', code: 'COPY_OF', reward: 0, score: 0 });
      expect(copier?.detail).toContain(net.account('good').hotkey);
      expect(broken).toMatchObject({ outcome: 'refused', code: 'BAD_SAFETENSORS', score: 0 });
      expect(misshapen).toMatchObject({ outcome: 'refused', code: 'TENSOR_MISMATCH', score: 0 });
      expect(thief).toMatchObject({ outcome: 'refused', code: 'HASH_MISMATCH', score: 0 });
      expect(closed).toMatchObject({ score: 0 });
      expect(idle).toMatchObject({ outcome: 'refused', code: 'NO_COMMITMENT', score: 0 });
      expect(report.sample).toMatchObject({ images: 40, of: 48 });
      expect(report.results).toHaveLength(NAMES.length);
    }));

  test('finds the same twice, as another validator would', async () => {
    const reports: RoundReport[] = [];
    for (let validator = 0; validator < 2; validator++) {
      await withValidator(async ({ context }) => {
        reports.push(await runRound({ ...context, now: () => new Date(0) }, 10));
      });
    }
    const [first, second] = reports.map(({ sample, results }) => ({
      sample,
      results: results.filter(({ outcome }) => outcome === 'valid'),
    }));
    expect(first).toEqual(second);
  });

  test('evaluates nothing again when neither model nor sample has changed', () =>
    withValidator(
      async ({ context, store }) => {
        const first = await runRound(context, 10);
        expect(store.evaluated).toBe(4);
        const second = await runRound(context, 20);
        expect(store.evaluated).toBe(4);
        expect(resultsOf(second).good?.loss).toBe(resultsOf(first).good?.loss);
        expect(resultsOf(second).good?.score).toBeCloseTo(0.8 * 30 + 0.2 * 24, 10);
      },
      { evaluationImages: 48 },
    ));

  test('draws other images for another block', () =>
    withValidator(async ({ context }) => {
      const [first, second] = [await runRound(context, 10), await runRound(context, 20)];
      expect(first.sample?.digest).not.toBe(second.sample?.digest);
    }));

  test('goes on without the hub with what was fetched before', () =>
    withValidator(async ({ context, state }) => {
      await runRound(context, 10);
      const offline = { ...context, models: new ModelStore(join(state, 'models'), dead) };
      const { good } = resultsOf(await runRound(offline, 20));
      expect(good).toMatchObject({ outcome: 'valid', rank: 0 });
    }));

  test('keeps every score when the hub is out of reach', () =>
    withValidator(async ({ context, state }) => {
      const before = resultsOf(await runRound(context, 10));
      const offline = { ...context, models: new ModelStore(join(state, 'empty'), dead) };
      const after = resultsOf(await runRound(offline, 20));
      expect(after.good).toMatchObject({ outcome: 'kept', score: before.good?.score });
      expect(after.poor).toMatchObject({ outcome: 'kept', score: before.poor?.score });
      expect(after.good).not.toHaveProperty('code');
    }));

  test('changes nothing when the data set cannot be opened', () =>
    withValidator(async ({ context, store }) => {
      await runRound(context, 10);
      const blind = new EvaluationData({ path: join(folder, 'no data here') }, silentLog);
      await expect(runRound({ ...context, data: blind }, 20)).rejects.toMatchObject({
        code: 'DATASET_MISSING',
      });
      expect(store.lastReport()?.block).toBe(10);
      expect(store.scores((await net.chain.metagraph(NETUID)).neurons).get(net.account('good').hotkey)).toBe(
        24,
      );
    }));

  test('keeps the score of who chose an input size that the disk has no room for, and judges the others', () =>
    withValidator(async ({ context }) => {
      const full = new EvaluationData(settings.dataset, silentLog);
      full.open = () => Promise.reject(new HealthTensorError('DISK_FULL', 'no room'));
      const report = await runRound({ ...context, data: full }, 10);
      expect(resultsOf(report).good).toMatchObject({
        outcome: 'kept',
        detail: 'evaluation failed here: no room',
      });
      expect(resultsOf(report).broken).toMatchObject({ outcome: 'refused' });
    }));

  test('does not believe a chain that has lost all commitments', () =>
    withValidator(async ({ context, store }) => {
      await runRound(context, 10);
      const chain: RoundContext['chain'] = {
        metagraph: (netuid) => net.chain.metagraph(netuid),
        blockHash: (block) => net.chain.blockHash(block),
        commitments: () => Promise.resolve([]),
      };
      await expect(runRound({ ...context, chain }, 20)).rejects.toMatchObject({
        code: 'CHAIN_NO_COMMITMENTS',
      });
      expect(store.lastReport()?.block).toBe(10);
    }));

  test('remembers the owner of weights in later rounds', () =>
    withValidator(async ({ context, store }) => {
      await runRound(context, 10);
      const sha = store.lastReport()?.results.find(({ code }) => code === 'COPY_OF')?.weightsSha256;
      expect(store.claims([String(sha)]).get(String(sha))?.hotkey).toBe(net.account('good').hotkey);
    }));

  test('ends with the signal’s reason when it is aborted, and changes nothing', () =>
    withValidator(async ({ context, store }) => {
      const reason = new Error('Ctrl-C');
      await expect(runRound({ ...context, signal: AbortSignal.abort(reason) }, 10)).rejects.toBe(reason);
      expect(store.lastReport()).toBeUndefined();
    }));
});
