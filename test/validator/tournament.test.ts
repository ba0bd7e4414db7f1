import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { formatCommitment, modelDigest } from '../../src/chain/index.js';
import { type RepoId, type Revision } from '../../src/common/index.js';
import { openDataset } from '../../src/dataset/index.js';
import { openDevice } from '../../src/engine/index.js';
import { Hub } from '../../src/hub/index.js';
import { engineEvaluator } from '../../src/validator/model-evaluator.js';
import type { RoundReport, RoundResult } from '../../src/validator/report.js';
import { runRound } from '../../src/validator/round.js';
import { Store } from '../../src/validator/store.js';
import { startLocalNet } from '../support/local-net.js';
import { sharedPath } from '../support/shared.js';
import { savedAnew, withFindingSpoiled, withNaN, withNoise } from './forged-weights.js';
import { MeddlingProxy } from './meddling-proxy.js';
import { openModels, publishModel, trainedWeights } from './published-model.js';
import { nextBlock, roundContext } from './round-context.js';

const nih = sharedPath('data/nih');
if (nih === undefined)
  console.warn('Skipped: no real X-rays (HEALTHTENSOR_TEST_SHARED names no folder with data/nih)');
const testWithXrays = nih === undefined ? test.skip : test;

/** Best first: epochs of training. */
const HONEST = { veteran: 16, student: 8, beginner: 3, readme: 5, lazy: 1 };
const CHEATS = ['copier', 'resaver', 'noisy', 'spoiler', 'squatter', 'nan', 'slow', 'huge'];
const ROUNDS = 3;

testWithXrays(
  'in a tournament on real X-rays cheats earn nothing, and honest miners stand in the order of their losses',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
    const names = [...Object.keys(HONEST), ...CHEATS];
    const net = await startLocalNet(folder, { names });
    const proxy = await MeddlingProxy.before(net.hubUrl);
    const anybody = new Hub({ endpoint: proxy.url });
    const store = new Store(join(folder, 'state.sqlite'));
    const path = nih as string;
    const cacheDirectory = join(folder, 'pixels');
    try {
      const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
      const commit = (name: string, repo: RepoId, revision: Revision, weights: Buffer) => {
        const sha256 = createHash('sha256').update(weights).digest('hex');
        const digest = modelDigest(sha256, net.account(name).hotkey);
        return net.commit(name, formatCommitment({ repo, revision, digest }));
      };
      const publish = async (name: string, weights: Buffer) => {
        const hub = new Hub({ endpoint: net.hubUrl, token: net.account(name).token });
        try {
          return await publishModel(hub, { repo: `${name}/m` as RepoId, weights });
        } finally {
          await hub.close();
        }
      };
      const enter = async (name: string, weights: Buffer) => {
        const revision = await publish(name, weights);
        await commit(name, `${name}/m` as RepoId, revision, weights);
        return revision;
      };
      const honest = new Map<string, Buffer>();
      for (const [seed, [name, epochs]] of Object.entries(HONEST).entries()) {
        const file = await trainedWeights(folder, { seed, epochs, cachePath, images: 500 });
        honest.set(name, await readFile(file));
      }
      const weightsOf = (name: string) => honest.get(name) as Buffer;
      const revisions = new Map<string, Revision>();
      for (const name of Object.keys(HONEST)) revisions.set(name, await enter(name, weightsOf(name)));
      const best = weightsOf('veteran');
      await enter('copier', best);
      await enter('resaver', savedAnew(best));
      await enter('noisy', withNoise(best, 0.001, 1));
      await enter('spoiler', withFindingSpoiled(withNoise(best, 0.001, 4)));
      await enter('nan', withNaN(weightsOf('beginner')));
      await enter('slow', withNoise(weightsOf('student'), 2, 2));
      await enter('huge', withNoise(weightsOf('student'), 2, 3));
      await commit('squatter', 'veteran/m' as RepoId, revisions.get('veteran') as Revision, best);

      const context = roundContext(net, {
        store,
        models: await openModels(join(folder, 'models'), anybody),
        evaluator: engineEvaluator(await openDevice({ kind: 'cpu', threads: 1 })),
        dataset: { path, cacheDirectory },
        settings: { fetchDeadlineMs: 2_000 },
      });
      let report: RoundReport | undefined;
      for (let round = 0; round < ROUNDS; round++) {
        report = await runRound(context, await nextBlock(net));
        // One changes its README, which changes the head of its repository; one publishes and commits the same again.
        const hub = new Hub({ endpoint: net.hubUrl, token: net.account('readme').token });
        const text = new TextEncoder().encode(`pushed ${round}`);
        await hub.publish({
          repo: 'readme/m' as RepoId,
          files: [{ path: 'README.md', content: text }],
          title: 'x',
        });
        await hub.close();
        const again = await publish('lazy', savedAnew(weightsOf('lazy')));
        await commit('lazy', 'lazy/m' as RepoId, again, savedAnew(weightsOf('lazy')));
      }
      const resultOf = (name: string) =>
        report?.results.find(({ hotkey }) => hotkey === net.account(name).hotkey) as RoundResult;
      printTable(names, resultOf);
      for (const name of CHEATS) expect([name, resultOf(name).score]).toEqual([name, 0]);
      expect(CHEATS.map((name) => resultOf(name).code)).toEqual([
        'COPY_OF',
        'COPY_OF',
        'COPY_OF',
        'COPY_OF',
        'COPY_OF',
        'NOT_FINITE',
        expect.stringMatching(/^(DOWNLOAD_TIMED_OUT|STILL_DOWNLOADING|NOT_FETCHED)$/),
        'TOO_LARGE',
      ]);
      const by = ['copier', 'resaver', 'noisy', 'spoiler', 'squatter'].map(
        (name) => resultOf(name).evidence?.by,
      );
      expect(by).toEqual(['file', 'tensors', 'near', 'near', 'file']);
      const ranked = Object.keys(HONEST).sort(
        (a, b) => (resultOf(a).rank as number) - (resultOf(b).rank as number),
      );
      const losses = ranked.map((name) => resultOf(name).loss as number);
      expect(losses).toEqual([...losses].sort((a, b) => a - b));
      expect(resultOf(ranked[0] as string).score).toBeCloseTo(30 * (1 - 0.2 ** ROUNDS), 10);
      expect(ranked.map((name) => resultOf(name).rank)).toEqual([0, 1, 2, 3, 4]);
    } finally {
      store.close();
      await anybody.close();
      await proxy.close();
      await net.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  180_000,
);

/** What each earned, for docs/scoring.md: with HEALTHTENSOR_TEST_TABLES set. */
function printTable(names: readonly string[], resultOf: (name: string) => RoundResult): void {
  if (!process.env.HEALTHTENSOR_TEST_TABLES) return;
  const total = names.reduce((sum, name) => sum + resultOf(name).score, 0);
  const rows = names.map((name) => {
    const { code, loss, rank, score, detail } = resultOf(name);
    const share = `${((100 * score) / total).toFixed(2)} %`;
    return `| ${name} | ${code ?? 'RANKED'} | ${loss?.toFixed(5) ?? ''} | ${rank ?? ''} | ${share} | ${detail ?? ''} |`;
  });
  process.stdout.write(`${rows.join('\n')}\n`);
}
