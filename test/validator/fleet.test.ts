import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, modelDigest } from '../../src/chain/index.js';
import type { Hotkey, RepoId } from '../../src/common/index.js';
import { Hub, MODEL_FILES } from '../../src/hub/index.js';
import { type LocalHub, startLocalHub } from '../../src/localnet/index.js';
import type { Candidate } from '../../src/validator/candidate.js';
import { fetchModels } from '../../src/validator/fetching.js';
import { Grace } from '../../src/validator/grace.js';
import type { ModelStore } from '../../src/validator/model-store.js';
import { openModels, publishModel, trainedWeights } from './published-model.js';

// HEALTHTENSOR_FLEET=256 for the whole subnet, with 20 models.
const MINERS = Number(process.env.HEALTHTENSOR_FLEET ?? 24);
const MODELS = Math.ceil((MINERS * 20) / 256);
const TOKEN = 'hf_minertoken1234';

let folder: string;
let server: LocalHub;
let miner: Hub;
let weights: Buffer[];
let candidates: Candidate[];

/** A client that counts questions, and bytes of files. */
function countingHub() {
  const counted = { questions: 0, configs: 0, weightsBytes: 0 };
  const hub = new Hub({
    endpoint: server.url,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const { pathname } = new URL(url instanceof Request ? url.url : url);
      if (!pathname.includes('/resolve/')) counted.questions++;
      else if (pathname.endsWith(MODEL_FILES.config)) counted.configs++;
      else counted.weightsBytes += Number(response.headers.get('content-length'));
      return response;
    },
  });
  return { hub, counted };
}

async function judge(models: ModelStore, of: readonly Candidate[] = candidates) {
  const startedAt = performance.now();
  const options = { models, grace: new Grace(), deadlineMs: 600_000, maxImageSize: 64, block: 1000 };
  const fetched = await fetchModels(of, options);
  // A busy machine may make any of them slow; they end well all the same.
  const verdicts = await Promise.all(of.map((one) => models.fetch(one, options)));
  expect(verdicts.filter(({ ok }) => ok)).toHaveLength(of.length);
  return { fetched, seconds: (performance.now() - startedAt) / 1000 };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  server = await startLocalHub({ port: 0, tokens: [{ token: TOKEN, user: 'miner', role: 'write' }] });
  miner = new Hub({ endpoint: server.url, token: TOKEN });
  weights = [];
  for (let seed = 0; seed < MODELS; seed++)
    weights.push(await readFile(await trainedWeights(folder, { seed, epochs: 0 })));
  candidates = [];
  for (let uid = 0; uid < MINERS; uid++) candidates.push(await publish(uid, `miner/model-${uid}` as RepoId));
}, 900_000);

async function publish(uid: number, repo: RepoId): Promise<Candidate> {
  const model = weights[uid % MODELS] as Buffer;
  const hotkey = addressOf(createHash('sha256').update(`miner ${uid}`).digest()) as Hotkey;
  const digest = modelDigest(createHash('sha256').update(model).digest('hex'), hotkey);
  const revision = await publishModel(miner, { repo, weights: model });
  return { uid: uid as never, hotkey, registrationBlock: 1, commitBlock: 10, repo, revision, digest };
}

afterAll(async () => {
  await miner.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('a subnet of miners with few distinct models costs each content once, and nothing the second time', async () => {
  const directory = join(folder, 'models');
  const first = countingHub();
  const models = await openModels(directory, first.hub);
  const { seconds } = await judge(models);
  const contents = weights.reduce((sum, { length }) => sum + length, 0);
  expect(first.counted).toEqual({ questions: 2 * MINERS, configs: MINERS, weightsBytes: contents });
  expect(await readdir(join(directory, 'blobs'))).toHaveLength(MODELS);
  await models.keepOnly(candidates);

  const second = await judge(models);
  expect(first.counted.questions).toBe(2 * MINERS);
  await models.close();

  const restarted = countingHub();
  const third = await openModels(directory, restarted.hub);
  const afterRestart = await judge(third);
  expect(restarted.counted).toEqual({ questions: 0, configs: 0, weightsBytes: 0 });

  // The same weights committed again from another repository.
  const moved = await Promise.all(
    candidates.slice(0, 4).map((_, uid) => publish(uid, `miner/moved-${uid}` as RepoId)),
  );
  await judge(third, moved);
  expect(restarted.counted).toEqual({ questions: 8, configs: 4, weightsBytes: 0 });
  await third.close();
  for (const { hub } of [first, restarted]) await hub.close();

  if (process.env.HEALTHTENSOR_FLEET !== undefined) {
    const peak = Math.round(process.resourceUsage().maxRSS / 1024);
    process.stdout.write(
      `${MINERS} miners, ${MODELS} models: ${seconds.toFixed(1)} s, then ${second.seconds.toFixed(2)} s, ` +
        `${afterRestart.seconds.toFixed(2)} s after a restart; ${contents} bytes of weights; peak ${peak} MiB\n`,
    );
  }
}, 900_000);
