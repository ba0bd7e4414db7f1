import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, modelDigest } from '../../src/chain/index.js';
import type { Hotkey, RepoId } from '../../src/common/index.js';
import { Hub, modelConfig, SAFETENSORS_HEAD_BYTES } from '../../src/hub/index.js';
import type { Candidate } from '../../src/validator/candidate.js';
import { type Fetched, fetchModels } from '../../src/validator/fetching.js';
import { Grace } from '../../src/validator/grace.js';
import type { ModelStore } from '../../src/validator/model-store.js';
import { type HostileHub, serve, startHostileHub, TOKEN } from '../hub/hostile-hub.js';
import { type Attack, attacks, type Ending, listedSha256, type Means } from './hostile-miners.js';
import {
  type HostileRepositories,
  type Repository,
  revisionOf,
  startRepositories,
} from './hostile-repositories.js';
import { openModels, SPEC, trainedWeights } from './published-model.js';

/** Of each model's own transfers; the attacks on time must end within it. */
const DEADLINE_MS = 15_000;
const DIGESTED = (weights: Buffer) => createHash('sha256').update(weights).digest('hex');

let folder: string;
let hub: HostileRepositories;
let foreign: HostileHub;
let cdn: HostileHub;
let client: Hub;
let models: ModelStore;
let played: Attack[];
/** Names of the honest miners, each with weights of its own. */
const HONEST = ['honest-0', 'honest-1', 'honest-2', 'honest-3'];
/** By name: what the round found, and how the fetch ended. */
const round = new Map<string, Fetched>();
const endings = new Map<string, Ending>();
let slowest: { name: string; ms: number };

const repoOf = (name: string) => `miner-${name.replaceAll(/[^a-z0-9]/gi, '-')}/model` as RepoId;

function candidateOf(name: string, over: { weightsSha256: string; repo?: RepoId }): Candidate {
  const hotkey = addressOf(createHash('sha256').update(name).digest()) as Hotkey;
  const repo = over.repo ?? repoOf(name);
  const digest = modelDigest(over.weightsSha256, hotkey);
  const revision = revisionOf(repo);
  return { uid: 1 as never, hotkey, registrationBlock: 1, commitBlock: 100, repo, revision, digest };
}

/** Everything below a folder, as paths. */
async function tree(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true })).sort();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  await mkdir(join(folder, 'beside'));
  await writeFile(join(folder, 'beside', 'precious'), 'precious');
  const weights = await Promise.all(
    HONEST.map(async (_, seed) => readFile(await trainedWeights(folder, { seed, epochs: 0 }))),
  );
  const [first, second] = weights as [Buffer, Buffer];
  const config = Buffer.from(modelConfig(SPEC, {}));

  foreign = await startHostileHub({}, (request, response) => (serve(request, response, first), true));
  cdn = await startHostileHub({}, (request, response) => {
    const served = played.find(({ name }) => name === 'by-the-cdn')?.repository.files['model.safetensors'];
    return (serve(request, response, served as Buffer), true);
  });
  const means: Means = { name: repoOf, config, weights: first, foreign: foreign.url, cdn: cdn.url };
  played = attacks(means);
  const repositories = new Map<RepoId, Repository>();
  for (const { name, repository } of played) repositories.set(repoOf(name), repository);
  HONEST.forEach((name, index) => {
    const files = { 'config.json': config, 'model.safetensors': weights[index] as Buffer };
    repositories.set(repoOf(name), { files });
  });
  // Who holds an honest miner's weights in a repository that never answers for them, and stands before it.
  const stalling = { 'config.json': config, 'model.safetensors': second };
  repositories.set(repoOf('stalling-copier'), { files: stalling, misdeed: ({ what }) => what === 'weights' });
  hub = await startRepositories(repositories);
  client = new Hub({
    endpoint: hub.url,
    token: TOKEN,
    downloadHosts: [cdn.url],
    wait: () => Promise.resolve(),
    limits: {
      attempts: 2,
      headersMs: 3000,
      idleMs: 3000,
      answerMs: 5000,
      minimumBytesPerSecond: 5000,
      rateWindowMs: 1500,
      freeDiskBytes: 0,
    },
  });
  models = await openModels(join(folder, 'models'), client, { lanes: { windowMs: 500 } });

  // The attackers come first: the honest ones have to be served in spite of all of them.
  const candidates = new Map([
    ...played.map(
      (attack) =>
        [attack.name, candidateOf(attack.name, { weightsSha256: listedSha256(attack, means) })] as const,
    ),
    ['stalling-copier', candidateOf('stalling-copier', { weightsSha256: DIGESTED(second) })] as const,
    [
      'thief',
      { ...candidateOf('thief', { weightsSha256: 'b'.repeat(64), repo: repoOf('honest-0') }) },
    ] as const,
    ...HONEST.map(
      (name, index) =>
        [name, candidateOf(name, { weightsSha256: DIGESTED(weights[index] as Buffer) })] as const,
    ),
  ]);
  const limits = { deadlineMs: DEADLINE_MS, maxImageSize: 64 };
  const fetched = await fetchModels([...candidates.values()], {
    ...limits,
    models,
    grace: new Grace(),
    block: 1000,
    openingWaitsMs: [],
  });
  for (const [index, name] of [...candidates.keys()].entries()) round.set(name, fetched[index] as Fetched);
  // Those that were too slow for the round go on: how do they end?
  slowest = { name: '', ms: 0 };
  const startedAt = performance.now();
  await Promise.all(
    [...candidates].map(async ([name, candidate]) => {
      const ending = await models.fetch(candidate, limits).then(
        (verdict): Ending => (verdict.ok ? 'model' : verdict.code),
        (): Ending => 'NOT_FETCHED',
      );
      endings.set(name, ending);
      const ms = performance.now() - startedAt;
      if (ms > slowest.ms) slowest = { name, ms };
    }),
  );
}, 120_000);

afterAll(async () => {
  await models.close();
  await client.close();
  for (const server of [hub, foreign, cdn]) await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a hub full of hostile repositories', () => {
  test('plays enough of them', () => {
    expect(played.length).toBeGreaterThanOrEqual(50);
    expect(new Set(played.map(({ name }) => name)).size).toBe(played.length);
  });

  test('each ends as it should', () => {
    const wrong = played
      .filter(({ name, endings: right }) => !right.includes(endings.get(name) as Ending))
      .map(({ name, endings: right }) => ({ name, expected: right, came: endings.get(name) }));
    expect(wrong).toEqual([]);
  });

  test('each is refused or kept in the round itself, never an exception, never a model that is none', () => {
    for (const { name, endings: right } of played) {
      if (!right.includes('model')) expect([name, round.get(name)?.kind]).not.toEqual([name, 'model']);
    }
  });

  test('serves the honest miners behind them', () => {
    for (const name of HONEST) expect([name, endings.get(name)]).toEqual([name, 'model']);
  });

  test('keeps nobody from weights that somebody else holds back', () => {
    expect(endings.get('stalling-copier')).not.toBe('HASH_MISMATCH');
    expect(endings.get('honest-1')).toBe('model');
  });

  test('tells a thief by the listing alone', () => {
    expect(endings.get('thief')).toBe('HASH_MISMATCH');
  });

  test('ends within the deadlines', () => {
    // Two of them, as an attack may have begun again after the round; a third for waits in the lanes and a busy machine.
    expect([slowest.name, slowest.ms < 3 * DEADLINE_MS]).toEqual([slowest.name, true]);
  });

  test('leaves nothing on the disk but whole models, and no byte elsewhere', async () => {
    const blobs = await readdir(join(folder, 'models', 'blobs'));
    for (const name of blobs) {
      const bytes = await readFile(join(folder, 'models', 'blobs', name));
      expect(`${DIGESTED(bytes)}.safetensors`).toBe(name);
    }
    const own = [...endings].filter(([name, ending]) => ending === 'model' && name !== 'stalling-copier');
    expect(blobs).toHaveLength(own.length);
    for (const path of await tree(join(folder, 'models'))) {
      expect(path).toMatch(
        /^(blobs|incoming|revisions)(\/[0-9a-f]{32,64}(\.safetensors|\.json|\/(model\.safetensors|config\.json)\.part)?)?$/,
      );
    }
    expect(await tree(join(folder, 'beside'))).toEqual(['precious']);
    // Beside what the training of the honest models left.
    expect(
      (await readdir(folder)).filter((name) => !/^(weights|checkpoint|pixels|cache)/.test(name)).sort(),
    ).toEqual(['beside', 'models']);
  });

  test('never tells our token to another host, nor its cookies to itself', () => {
    expect(foreign.heard).toEqual([]);
    expect(cdn.heard.length).toBeGreaterThan(0);
    for (const { headers } of cdn.heard) expect(headers).not.toHaveProperty('authorization');
    for (const { headers } of hub.heard) {
      expect(headers).not.toHaveProperty('cookie');
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
    }
    expect(hub.heard.every(({ url }) => !/other\/private|passwd|%2e|\.\./i.test(url))).toBe(true);
  });

  test('brings no more than the head of weights that their head refuses', () => {
    // Each was asked for twice: in the round, and for how it ends.
    for (const name of ['half-a-gigabyte-of-zeros', 'header-of-2^63', 'nested-header']) {
      expect(hub.weightsSent(repoOf(name))).toBeLessThanOrEqual(2 * SAFETENSORS_HEAD_BYTES);
    }
    expect(hub.weightsSent(repoOf('weights-of-5000000000000'))).toBe(0);
  });
});
