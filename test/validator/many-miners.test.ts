import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { formatCommitment, modelDigest } from '../../src/chain/index.js';
import { type RepoId, type Revision, sha256File, silentLog } from '../../src/common/index.js';
import { openDataset } from '../../src/dataset/index.js';
import { openDevice } from '../../src/engine/index.js';
import { Hub } from '../../src/hub/index.js';
import { EvaluationWorkers } from '../../src/validator/isolation/evaluation-workers.js';
import type { ModelStore } from '../../src/validator/model-store.js';
import { runRound } from '../../src/validator/round.js';
import { Store } from '../../src/validator/store.js';
import { watchChildMemory } from '../support/child-processes.mjs';
import { startLocalNet } from '../support/local-net.js';
import { sharedPath } from '../support/shared.js';
import { openModels, publishModel, trainedWeights } from './published-model.js';
import { nextBlock, roundContext } from './round-context.js';

// A long run, for its figures: HEALTHTENSOR_TEST_MINERS=256 HEALTHTENSOR_TEST_SHARED=... jest many-miners
const miners = Number(process.env.HEALTHTENSOR_TEST_MINERS ?? 0);
const nih = sharedPath('data/nih');
const testWithMany = miners > 0 && nih !== undefined ? test : test.skip;
const DISTINCT = 20;

testWithMany(
  `${miners} miners with ${DISTINCT} distinct models: a second round with nothing changed does nothing that it need not`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
    const names = Array.from({ length: miners }, (_, n) => `m${n}`);
    const net = await startLocalNet(folder, { names, subnet: { maxAllowedUids: miners + 1 } });
    const anybody = new Hub({ endpoint: net.hubUrl });
    const store = new Store(join(folder, 'state.sqlite'));
    const path = nih as string;
    const cacheDirectory = join(folder, 'pixels');
    const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
    const models = join(folder, 'models');
    const device = await openDevice({ kind: 'cpu', threads: 2 });
    await mkdir(models);
    const workers = await EvaluationWorkers.open({ device, log: silentLog });
    try {
      const distinct: string[] = [];
      for (let seed = 0; seed < Math.min(DISTINCT, miners); seed++) {
        distinct.push(await trainedWeights(folder, { seed, epochs: 1 + (seed % 5), cachePath, images: 500 }));
      }
      for (const [n, name] of names.entries()) {
        const weights = distinct[n % distinct.length] as string;
        const hub = new Hub({ endpoint: net.hubUrl, token: net.account(name).token });
        const repo = `${name}/m` as RepoId;
        const revision: Revision = await publishModel(hub, { repo, weights: await readFile(weights) });
        await hub.close();
        const digest = modelDigest(await sha256File(weights), net.account(name).hotkey);
        await net.commit(name, formatCommitment({ repo, revision, digest }));
      }
      const asked = { inspect: 0, evaluate: 0, distance: 0, fetch: 0 };
      const store_ = await openModels(models, anybody);
      const counted = Object.create(store_) as ModelStore;
      counted.fetch = (...wanted) => {
        asked.fetch++;
        return store_.fetch(...wanted);
      };
      counted.keepOnly = (...wanted) => store_.keepOnly(...wanted);
      const context = roundContext(net, {
        store,
        models: counted,
        evaluator: {
          inspect: (file) => (asked.inspect++, workers.inspect(file)),
          evaluate: (options) => (asked.evaluate++, workers.evaluate(options)),
          distance: (files) => (asked.distance++, workers.distance(files)),
        },
        screens: device.bfloat16 ?? false,
        dataset: { path, cacheDirectory },
      });
      const counts: (typeof asked)[] = [];
      for (let round = 1; round <= 2; round++) {
        const block = await nextBlock(net);
        Object.assign(asked, { inspect: 0, evaluate: 0, distance: 0, fetch: 0 });
        const started = performance.now();
        const workerMemory = watchChildMemory();
        const report = await runRound(context, block);
        const worker = workerMemory.stop();
        const seconds = (performance.now() - started) / 1000;
        counts.push({ ...asked });
        const outcomes = new Map<string, number>();
        for (const { outcome, code } of report.results) {
          const key = code ?? outcome;
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
        }
        const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
        const memory = mebibytes(1024 * process.resourceUsage().maxRSS);
        const state = Math.round((await stat(join(folder, 'state.sqlite'))).size / 2 ** 10);
        process.stdout.write(
          `round ${round}: ${seconds.toFixed(1)} s, ${JSON.stringify(asked)}, ${JSON.stringify([...outcomes])}, ` +
            `peak memory: validator (with chain, hub and test) ${memory} MiB, ` +
            `a worker ${mebibytes(worker.residentBytes)} MiB, of its own ${mebibytes(worker.ownBytes)}; state ${state} KiB\n`,
        );
      }
      expect(counts[1]).toEqual({ inspect: 0, evaluate: 0, distance: 0, fetch: 0 });
    } finally {
      await workers.close();
      store.close();
      await anybody.close();
      await net.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  1_800_000,
);
