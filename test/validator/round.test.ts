import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatCommitment, modelDigest } from '../../src/chain/index.js';
import {
  type Digest,
  HealthTensorError,
  reject,
  type RepoId,
  type Revision,
  silentLog,
} from '../../src/common/index.js';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { type Device, openDevice } from '../../src/engine/index.js';
import { Hub } from '../../src/hub/index.js';
import { EvaluationData } from '../../src/validator/evaluation-data.js';
import { engineEvaluator, type ModelEvaluator } from '../../src/validator/model-evaluator.js';
import type { ModelStore } from '../../src/validator/model-store.js';
import type { RoundReport } from '../../src/validator/report.js';
import { type RoundContext, runRound } from '../../src/validator/round.js';
import type { ValidatorSettings } from '../../src/validator/settings.js';
import { Store } from '../../src/validator/store.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { savedAnew } from './forged-weights.js';
import { digestOf, openModels, publishModel, SPEC, submitModel, trainedWeights } from './published-model.js';
import { nextBlock, roundContext } from './round-context.js';

// `good` has trained longest; `copier` holds its weights, committed later, and `resaver` the same in a file of its own; `broken` a file cut short; `misshapen` says
// that its network is wider than its tensors are; `thief` names good's repository as its own; `closed` a repository that nobody may read; `idle` nothing.
const NAMES = ['good', 'poor', 'copier', 'resaver', 'broken', 'misshapen', 'thief', 'closed', 'idle'];

let folder: string;
let net: LocalNet;
let anybody: Hub;
let device: Device;
let dataset: { path: string; cacheDirectory: string };
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
  dataset = { path, cacheDirectory };

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
  const resaved = join(folder, 'resaved.safetensors');
  await writeFile(resaved, savedAnew(await readFile(good)));
  await commit('resaver', await publish('resaver', resaved), await own(resaved, 'resaver'));
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

/** The engine, and what it was asked to evaluate. */
class CountingEvaluator implements ModelEvaluator {
  readonly evaluated: string[] = [];
  readonly #engine = engineEvaluator(device);

  inspect(...asked: Parameters<ModelEvaluator['inspect']>) {
    return this.#engine.inspect(...asked);
  }

  evaluate(options: Parameters<ModelEvaluator['evaluate']>[0]) {
    this.evaluated.push(options.precision ?? 'fp32');
    return this.#engine.evaluate(options);
  }

  distance(...asked: Parameters<ModelEvaluator['distance']>) {
    return this.#engine.distance(...asked);
  }
}

async function withValidator(
  body: (o: { context: RoundContext; store: Store; state: string; evaluated: string[] }) => Promise<void>,
  over: Partial<ValidatorSettings> = {},
): Promise<void> {
  await inTemporaryFolder(async (state) => {
    const store = new Store(join(state, 'state.sqlite'));
    const evaluator = new CountingEvaluator();
    try {
      await body({
        state,
        store,
        evaluated: evaluator.evaluated,
        context: roundContext(net, {
          store,
          models: await openModels(join(state, 'models'), anybody),
          evaluator,
          dataset,
          settings: { evaluationImages: 40, fetchDeadlineMs: 20_000, ...over },
        }),
      });
    } finally {
      store.close();
    }
  });
}

/** A round on a block that is newer than all commitments and rounds so far. */
async function round(context: RoundContext): Promise<RoundReport> {
  return runRound(context, await nextBlock(net));
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
      const report = await round(context);
      const { good, poor, copier, resaver, broken, misshapen, thief, closed, idle } = resultsOf(report);
      expect(good).toMatchObject({ outcome: 'valid', rank: 0, reward: 30, previousScore: 0, score: 24 });
      expect(poor).toMatchObject({ outcome: 'valid', rank: 1, reward: 0.98 });
      expect(poor?.decision).toMatchObject({ behind: net.account('good').hotkey });
      expect(good?.loss).toBeLessThan(poor?.loss as number);
      expect(good?.evaluations).toEqual([
        {
          sample: report.samples[0]?.digest,
          precision: 'fp32',
          loss: expect.closeTo(good?.loss as number, 8),
          lossesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]);
      expect(copier).toMatchObject({ outcome: 'refused', code: 'COPY_OF', reward: 0, score: 0 });
      expect(copier?.evidence).toMatchObject({ by: 'file', holder: net.account('good').hotkey });
      expect(resaver).toMatchObject({ outcome: 'refused', code: 'COPY_OF', score: 0 });
      expect(resaver?.evidence).toMatchObject({ by: 'tensors', holder: net.account('good').hotkey });
      expect(broken).toMatchObject({ outcome: 'refused', code: 'BAD_SAFETENSORS', score: 0 });
      expect(misshapen).toMatchObject({ outcome: 'refused', code: 'TENSOR_MISMATCH', score: 0 });
      expect(thief).toMatchObject({ outcome: 'refused', code: 'HASH_MISMATCH', score: 0 });
      expect(closed).toMatchObject({ score: 0 });
      expect(idle).toMatchObject({ outcome: 'refused', code: 'NO_COMMITMENT', score: 0 });
      expect(report.samples).toMatchObject([
        { images: 40, block: report.block, blockHash: report.blockHash },
      ]);
      expect(report.data).toMatchObject({ images: 48 });
      expect(report.results).toHaveLength(NAMES.length);
    }));

  test('finds the same twice, as another validator would', async () => {
    const block = await nextBlock(net);
    const reports: RoundReport[] = [];
    for (let validator = 0; validator < 2; validator++) {
      await withValidator(async ({ context }) => {
        reports.push(await runRound({ ...context, now: () => new Date(0) }, block));
      });
    }
    const [first, second] = reports.map(({ samples, results }) => ({
      samples,
      results: results.filter(({ outcome }) => outcome === 'valid'),
    }));
    expect(first).toEqual(second);
  });

  test('evaluates, fetches and reads nothing again when nothing has changed', () =>
    withValidator(
      async ({ context, evaluated }) => {
        const first = await round(context);
        // Each once for its loss and once for its fingerprint.
        expect(evaluated).toHaveLength(4);
        const nothing = () => Promise.reject(new Error('asked for'));
        const models = { fetch: nothing, keepOnly: () => Promise.resolve() } as unknown as ModelStore;
        const evaluator = { inspect: nothing, evaluate: nothing, distance: nothing };
        const second = await round({ ...context, models, evaluator });
        expect(resultsOf(second).good?.loss).toBe(resultsOf(first).good?.loss);
        expect(resultsOf(second).good?.score).toBeCloseTo(0.8 * 30 + 0.2 * 24, 10);
        expect(resultsOf(second).copier).toMatchObject({ code: 'COPY_OF' });
        expect(resultsOf(second).broken).toMatchObject({ code: 'BAD_SAFETENSORS' });
      },
      { evaluationImages: 48 },
    ));

  test('gathers more evidence on other images until neighbours are told apart or all images are seen', () =>
    withValidator(
      async ({ context, evaluated }) => {
        const first = await round(context);
        const settled = ({ results }: RoundReport) =>
          results.every(
            ({ decision }) =>
              decision?.paired === undefined ||
              Math.abs(decision.paired.difference) > decision.paired.radius ||
              decision.paired.images >= 0.9 * 48,
          );
        let last = first;
        for (let more = 0; more < 12 && !settled(last); more++) last = await round(context);
        expect(settled(last)).toBe(true);
        expect(new Set(last.samples.map(({ digest }) => digest)).size).toBe(last.samples.length);
        const before = evaluated.length;
        await round(context);
        expect(evaluated).toHaveLength(before);
      },
      { evaluationImages: 24 },
    ));

  test('judges no model on images that were known when it was committed', () =>
    withValidator(async ({ context, evaluated }) => {
      const report = await runRound(context, 1);
      expect(resultsOf(report).good).toMatchObject({ outcome: 'kept', code: 'AWAITING_SAMPLE', score: 0 });
      expect(evaluated).toEqual([]);
      expect(resultsOf(await round(context)).good).toMatchObject({ outcome: 'valid', rank: 0 });
    }));

  test('goes on with the images of a round that was not finished', () =>
    withValidator(async ({ context, evaluated }) => {
      const failing: ModelEvaluator = {
        ...engineEvaluator(device),
        evaluate: async (options) => {
          if (evaluated.length === 1) throw new Error('pulled the plug');
          evaluated.push('fp32');
          return engineEvaluator(device).evaluate(options);
        },
      };
      const unplugged = new EvaluationData(dataset, silentLog);
      unplugged.isOpen = () => false;
      const block = await nextBlock(net);
      await expect(runRound({ ...context, evaluator: failing, data: unplugged }, block)).rejects.toThrow(
        'plug',
      );
      const report = await round(context);
      expect(report.samples).toMatchObject([{ block }]);
      // One of before, the other, and two fingerprints.
      expect(evaluated).toHaveLength(4);
    }));

  test('goes on without the hub with what is known', () =>
    withValidator(async ({ context, state }) => {
      await round(context);
      const offline = { ...context, models: await openModels(join(state, 'empty'), dead) };
      const { good, poor } = resultsOf(await round(offline));
      expect(good).toMatchObject({ outcome: 'valid', rank: 0 });
      expect(poor).toMatchObject({ outcome: 'valid', rank: 1 });
    }));

  test('keeps every score when the hub is out of reach for what is not known', () =>
    withValidator(async ({ context, state }) => {
      const offline = { ...context, models: await openModels(join(state, 'empty'), dead) };
      const { good } = resultsOf(await round(offline));
      expect(good).toMatchObject({ outcome: 'kept', code: 'NOT_FETCHED', score: 0 });
    }));

  test('changes nothing when the data set cannot be opened', () =>
    withValidator(async ({ context, store }) => {
      const { block } = await round(context);
      const blind = new EvaluationData({ path: join(folder, 'no data here') }, silentLog);
      await expect(round({ ...context, data: blind })).rejects.toMatchObject({ code: 'DATASET_MISSING' });
      expect(store.lastReport()?.block).toBe(block);
      expect(store.scores((await net.chain.metagraph(NETUID)).neurons).get(net.account('good').hotkey)).toBe(
        24,
      );
    }));

  test('keeps the score of who chose an input size that the disk has no room for, and judges the others', () =>
    withValidator(async ({ context }) => {
      const full = new EvaluationData(dataset, silentLog);
      full.open = () => Promise.reject(new HealthTensorError('DISK_FULL', 'no room'));
      const report = await round({ ...context, data: full });
      expect(resultsOf(report).good).toMatchObject({
        outcome: 'kept',
        code: 'NOT_EVALUATED',
        detail: 'evaluation failed here: no room',
      });
      expect(resultsOf(report).broken).toMatchObject({ outcome: 'refused' });
    }));

  test('does not believe a chain that has lost all commitments', () =>
    withValidator(async ({ context, store }) => {
      const { block } = await round(context);
      const chain: RoundContext['chain'] = {
        metagraph: (netuid) => net.chain.metagraph(netuid),
        blockHash: (number) => net.chain.blockHash(number),
        commitments: () => Promise.resolve([]),
      };
      await expect(round({ ...context, chain })).rejects.toMatchObject({ code: 'CHAIN_NO_COMMITMENTS' });
      expect(store.lastReport()?.block).toBe(block);
    }));

  test('remembers the owner of weights in later rounds', () =>
    withValidator(async ({ context, store }) => {
      const { copier } = resultsOf(await round(context));
      const { weightsSha256: file, tensorDigest: tensors } = copier as {
        weightsSha256: string;
        tensorDigest: string;
      };
      const claims = store.claims([
        { kind: 'file', digest: file },
        { kind: 'tensors', digest: tensors },
      ]);
      expect(claims.map(({ hotkey }) => hotkey)).toEqual(Array(2).fill(net.account('good').hotkey));
    }));

  test('ends with the signal’s reason when it is aborted, and changes nothing', () =>
    withValidator(async ({ context, store }) => {
      const reason = new Error('Ctrl-C');
      await expect(round({ ...context, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(store.lastReport()).toBeUndefined();
    }));

  test('recognises in bf16 what knows nothing, and decides everybody else in fp32', () =>
    withValidator(async ({ context, evaluated }) => {
      const report = await round({ ...context, screens: true });
      expect(evaluated.filter((precision) => precision === 'bf16')).toHaveLength(2);
      const { good, poor } = resultsOf(report);
      expect(good?.evaluations?.[0]?.precision).toBe('fp32');
      expect(poor?.evaluations?.[0]?.precision).toBe('bf16');
      expect([good?.rank, poor?.rank]).toEqual([0, 1]);
    }));
});

// Last: it changes what is committed.
describe('a miner that commits again', () => {
  test('goes on earning with the older model while the newer one waits', () =>
    withValidator(async ({ context, store }) => {
      const { chainBlock } = await round(context);
      const again = await trainedWeights(folder, {
        seed: 4,
        epochs: 2,
        cachePath: (await openDataset({ ...dataset, imageSize: 32 })).cachePath,
        images: 40,
      });
      const { commitBlock, revision } = await submitModel(net, 'poor', again);
      const chain: RoundContext['chain'] = {
        metagraph: async (netuid) => ({ ...(await net.chain.metagraph(netuid)), block: chainBlock + 24 }),
        blockHash: (number) => net.chain.blockHash(number),
        commitments: (...asked) => net.chain.commitments(...asked),
      };
      const soon = resultsOf(await round({ ...context, chain })).poor;
      expect(soon).toMatchObject({
        outcome: 'valid',
        rank: 1,
        reward: 0.98,
        waiting: { revision, commitBlock, code: 'TOO_SOON' },
      });
      expect(soon?.revision).not.toBe(revision);
      // The older one turns out to be a copy: the newer one's waiting does not preserve what is left of its score.
      store.fingerprints.refuse(soon?.modelId as string, reject('COPY_OF', 'answers as another does'));
      const fallen = resultsOf(await round({ ...context, chain })).poor;
      expect(fallen).toMatchObject({
        outcome: 'refused',
        code: 'COPY_OF',
        revision: soon?.revision,
        reward: 0,
        score: expect.closeTo(0.2 * (soon?.score as number), 10),
        waiting: { revision, code: 'TOO_SOON' },
      });
      const still = resultsOf(await round({ ...context, chain })).poor;
      expect(still?.score).toBeCloseTo(0.2 * (fallen?.score as number), 10);
      await net.chain.waitForBlock(commitBlock + 30);
      const later = resultsOf(await round(context)).poor;
      expect(later).toMatchObject({ outcome: 'valid', revision, commitBlock });
      expect(later).not.toHaveProperty('waiting');
    }));
});
