import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formatCommitment, modelDigest, parseCommitment } from '../../src/chain/index.js';
import type { Digest, RepoId, Revision } from '../../src/common/index.js';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { Hub, MODEL_FILES } from '../../src/hub/index.js';
import { minerStateFiles, type EpochRow } from '../../src/miner/index.js';
import { type RoundReport, validatorStateFiles } from '../../src/validator/index.js';
import { Store } from '../../src/validator/store.js';
import { type Running, startCommand } from '../support/command.js';
import { type Gate, openGate } from '../support/gate.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { childrenOf, isGone } from '../support/processes.js';
import { submitModel, trainedWeights } from '../validator/published-model.js';

// `rival` has a model on the hub from the start, so that validators have something to judge.
const MINERS = ['killed', 'stopped', 'lonely', 'rival', 'ghost'];

// Small, so that a score is still on its way after many rounds.
const ALPHA = 0.05;

let folder: string;
let net: LocalNet;
let gate: Gate;
const running = new Set<Running>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-crash-'));
  const path = join(folder, 'data');
  const cacheDirectory = join(folder, 'pixels');
  await synthesizeDataset({ path, images: 60, seed: 1, size: 32 });
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  net = await startLocalNet(folder, { names: MINERS, blockMs: 150, persistent: true });
  gate = await openGate(net.hubUrl);
  const weights = await trainedWeights(folder, { seed: 1, epochs: 2, cachePath, images: 40 });
  await submitModel(net, 'rival', weights);
}, 60_000);

afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  await gate.close();
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

function start(command: 'miner' | 'validator', name: string, flags: readonly string[]): Running {
  const { location, token } = net.account(name);
  const args = [
    ...[command, '--netuid', String(NETUID), '--subtensor.chain_endpoint', net.chainUrl],
    ...['--wallet.path', location.path, '--wallet.name', location.name, '--device', 'cpu:1'],
    ...['--hub.endpoint', gate.url, '--dataset.path', join(folder, 'data')],
    ...['--dataset.cache', join(folder, 'pixels'), '--state_dir', join(folder, `state-${name}`), ...flags],
  ];
  // Without a `.env` of whoever runs the tests.
  const one = startCommand(args, {
    cwd: folder,
    env: { ACCESS_TOKEN: token, REPO_ID: `${name}/model` },
  });
  running.add(one);
  void one.ended.then(() => running.delete(one));
  return one;
}

function startMiner(name: string, epochs = -1): Running {
  return start('miner', name, [
    ...['--num_epochs', String(epochs), '--publish_interval', '0', '--save_model_period', '2'],
    ...['--batch_size', '8', '--model_type', 'cnn', '--image_size', '32', '--validation_fraction', '0.2'],
    // However it learns: hotkeys, and with them the seeds that miners take by themselves, are other ones in each run.
    ...['--seed', '0', '--patience', '0'],
  ]);
}

function startValidator(name: string): Running {
  return start('validator', name, [
    ...['--neuron.query_time', '4', '--neuron.epoch_length', '4'],
    ...['--neuron.moving_average_alpha', String(ALPHA)],
  ]);
}

async function killNow(one: Running): Promise<void> {
  one.kill('SIGKILL');
  expect((await one.ended).code).toBe(137);
}

async function until(holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!holds()) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
}

async function epochsOf(name: string): Promise<number[]> {
  const text = await readFile(minerStateFiles(join(folder, `state-${name}`)).history, 'utf8');
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as EpochRow).epoch);
}

/** The revisions of a repository's main branch, newest first, as its owner sees them. */
async function commitsOf(name: string): Promise<Revision[]> {
  const response = await fetch(`${net.hubUrl}/api/models/${name}/model/commits/main?limit=100`, {
    headers: { authorization: `Bearer ${net.account(name).token}` },
  });
  const commits = (await response.json()) as { id: Revision }[];
  return commits.map(({ id }) => id);
}

async function expectOnePublicModelAsCommitted(name: string): Promise<void> {
  const { hotkey, token } = net.account(name);
  const commitment = (await net.chain.commitments(NETUID)).find((one) => one.hotkey === hotkey);
  const parsed = parseCommitment(commitment?.text ?? '');
  if (!parsed.ok) throw new Error(parsed.detail);
  const { repo, revision, digest } = parsed;
  expect(repo).toBe(`${name}/model`);

  const owner = new Hub({ endpoint: net.hubUrl, token });
  const anybody = new Hub({ endpoint: net.hubUrl });
  try {
    expect(await anybody.head({ repo, type: 'model' })).toBe(revision);
    const weights = await Promise.all(
      (await commitsOf(name)).map(async (commit) => {
        const files = await owner.listFiles({ type: 'model', repo, revision: commit });
        return files.find(({ path }) => path === MODEL_FILES.weights)?.sha256;
      }),
    );
    const published = weights.filter((sha256) => sha256 !== undefined);
    expect(modelDigest(String(published[0]), hotkey)).toBe(digest);
    // No weights twice: whatever was killed in between, a model is one commit on the hub.
    expect(new Set(published).size).toBe(published.length);
  } finally {
    await owner.close();
    await anybody.close();
  }
}

test('a miner that is killed again and again goes on where it was and publishes each model once', async () => {
  const { checkpoint } = minerStateFiles(join(folder, 'state-killed'));
  const first = startMiner('killed');
  await until(() => existsSync(checkpoint));
  await killNow(first);

  // The hub has made the commit, and nobody heard of it.
  const pushed = gate.hold('answer', /POST \/api\/models\/killed\/model\/commit\/main/);
  const second = startMiner('killed');
  await second.sees(/Going on at epoch \d+/);
  await pushed;
  await killNow(second);
  gate.release();

  // The chain has the commitment, and the repository is still closed.
  const opening = gate.hold('request', /PUT \/api\/models\/killed\/model\/settings[^]*"public"/);
  const third = startMiner('killed');
  await third.sees(/Going on at epoch \d+/);
  await third.sees(/Committed killed\/model/);
  await opening;
  await killNow(third);
  gate.release();

  const before = await epochsOf('killed');
  const reached = Math.max(...before);
  const last = startMiner('killed', reached + 2);
  const at = Number(await last.sees(/Going on at epoch (\d+)/));
  expect(at).toBeGreaterThanOrEqual(reached);
  expect(await last.ended).toMatchObject({ code: 0, stdout: '' });
  const epochs = await epochsOf('killed');
  expect(Math.max(...epochs)).toBe(reached + 2);
  // Epochs count on: none is left out, none begins again from the start.
  expect([...new Set(epochs)]).toEqual(Array.from({ length: reached + 2 }, (_, index) => index + 1));
  await expectOnePublicModelAsCommitted('killed');
}, 60_000);

test('the first Ctrl-C saves and ends with 0, a second one quits at once with 130', async () => {
  const push = gate.hold('request', /POST \/api\/models\/stopped\/model\/commit\/main/);
  const stuck = startMiner('stopped');
  await push;
  stuck.kill('SIGINT');
  await stuck.sees(/SIGINT: saving and stopping/);
  stuck.kill('SIGINT');
  expect(await stuck.ended).toMatchObject({ code: 130, stdout: '' });
  gate.release();

  const again = startMiner('stopped');
  await again.sees(/Going on at epoch \d+/);
  await again.sees(/Published epoch \d+/);
  again.kill('SIGINT');
  const { code, stderr } = await again.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('Stopped. The checkpoint is saved');
  await expectOnePublicModelAsCommitted('stopped');
}, 60_000);

/** A validator's last round as its database has it, with the scores it has. */
function lastRound(name: string): RoundReport {
  const files = validatorStateFiles(join(folder, `state-${name}`));
  const store = new Store(files.database);
  try {
    const last = store.lastReport();
    if (last === undefined) throw new Error('no round is stored');
    for (const result of last.results) {
      expect(store.scores([result]).get(result.hotkey)).toBe(result.score);
    }
    return last;
  } finally {
    store.close();
  }
}

/** Every score follows from the one before it, also where the validator was killed in between. */
async function expectUnbrokenAverage(name: string): Promise<void> {
  const text = await readFile(validatorStateFiles(join(folder, `state-${name}`)).reports, 'utf8');
  const reports = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RoundReport);
  let score = 0;
  for (const { results } of reports) {
    const result = results.find(({ hotkey }) => hotkey === net.account('rival').hotkey);
    if (result?.reward !== undefined) score = ALPHA * result.reward + (1 - ALPHA) * score;
    expect(result?.score).toBeCloseTo(score, 12);
  }
  expect(score).toBeGreaterThan(0);
}

test('a validator that is killed in the middle of a round keeps the scores of the last one and goes on', async () => {
  const first = startValidator('owner');
  await first.sees(/Weights set in block \d+ .* read back equal/);
  // The round that meets this commitment waits for the hub.
  const revision = 'f'.repeat(40) as Revision;
  const asked = gate.hold('request', new RegExp(`GET .*${revision}`));
  const digest = 'A'.repeat(43) as Digest;
  await net.commit('ghost', formatCommitment({ repo: 'rival/model' as RepoId, revision, digest }));
  await asked;
  await killNow(first);
  gate.release();
  const kept = lastRound('owner');

  const again = startValidator('owner');
  await again.sees(new RegExp(`Going on after round ${kept.block} `));
  await again.sees(/Weights set in block \d+ .* read back equal/);
  again.kill('SIGINT');
  const { code, stderr } = await again.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('Scores are kept');
  expect(lastRound('owner').block).toBeGreaterThan(kept.block);
  await expectUnbrokenAverage('owner');
}, 60_000);

test('a demo that quits at once takes its processes along', async () => {
  const demo = startCommand(['demo', '--images', '100'], { cwd: folder });
  running.add(demo);
  void demo.ended.then(() => running.delete(demo));
  await demo.sees(/miners train/);
  const children = await childrenOf(demo.pid);
  expect(children).toHaveLength(4);
  demo.kill('SIGINT');
  await demo.sees(/SIGINT: saving and stopping/);
  demo.kill('SIGINT');
  expect((await demo.ended).code).toBe(130);
  await until(() => children.every(isGone));
}, 60_000);

test('while the chain is down a miner trains on and a validator keeps its scores; both go on when it is back', async () => {
  const validator = startValidator('owner');
  await validator.sees(/Round \d+ done/);
  const push = gate.hold('request', /POST \/api\/models\/lonely\/model\/commit\/main/);
  const miner = startMiner('lonely');
  await push;
  await net.chainDown();
  gate.release();
  await validator.sees(/The connection to the chain at \S+ was lost/);
  await miner.sees(/failed after "pushed": [^]*training goes on/);
  const reached = Math.max(...(await epochsOf('lonely')));
  await miner.sees(new RegExp(`Epoch ${reached + 2} \\| train`));

  await net.chainUp();
  await miner.sees(/Published epoch \d+/);
  await validator.sees(/Connected to the chain at \S+ again[^]*Round \d+ done[^]*Weights set/);
  miner.kill('SIGINT');
  validator.kill('SIGINT');
  expect((await miner.ended).code).toBe(0);
  expect((await validator.ended).code).toBe(0);
  await expectUnbrokenAverage('owner');
  await expectOnePublicModelAsCommitted('lonely');
}, 60_000);
