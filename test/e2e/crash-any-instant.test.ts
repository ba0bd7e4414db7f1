import { type FSWatcher, watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { validatorStateFiles } from '../../src/validator/index.js';
import { chainRecord, type Happening } from '../chain/support/chain-record.js';
import { meddlingProxy, type MeddlingProxy } from '../chain/support/meddling-proxy.js';
import { type Running, startCommand } from '../support/command.js';
import { type Gate, openGate } from '../support/gate.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { childrenOf, isGone } from '../support/processes.js';
import { randomIntegers } from '../support/random-numbers.js';
import { StateHistory } from '../support/state-history.js';
import { submitModel, trainedWeights } from '../validator/published-model.js';

/** Many with HEALTHTENSOR_TEST_KILLS=300, at other instants with another HEALTHTENSOR_TEST_SEED. */
const KILLS = Number(process.env.HEALTHTENSOR_TEST_KILLS ?? 4);
const EPOCH_LENGTH = 20;
const SUBMIT = 'author_submitExtrinsic';
/** Where in its life a validator is killed, one after the other. */
const STAGES = ['submitting', 'fetching', 'writing', 'evaluating', 'starting', 'asking the chain'] as const;
type Stage = (typeof STAGES)[number];

const below = randomIntegers(Number(process.env.HEALTHTENSOR_TEST_SEED ?? 5));
const running = new Set<Running>();
let folder: string;
let state: string;
let net: LocalNet;
let gate: Gate;
let proxy: MeddlingProxy;
let busyWeights: string;
let versions = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-crash-any-'));
  state = join(folder, 'state');
  await mkdir(state);
  const path = join(folder, 'data');
  await synthesizeDataset({ path, images: 60, seed: 1, size: 32 });
  const cacheDirectory = join(folder, 'pixels');
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  const trained = (seed: number) => trainedWeights(folder, { seed, epochs: 2, cachePath, images: 40 });
  busyWeights = await trained(1);
  net = await startLocalNet(folder, { names: ['steady', 'busy'], blockMs: 100 });
  gate = await openGate(net.hubUrl);
  proxy = await meddlingProxy(net.chainUrl);
  await submitModel(net, 'steady', await trained(2));
  await publishAnother();
}, 120_000);

afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  await gate?.close();
  await proxy?.close();
  await net?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A model that nobody has seen: its last number is another one each time. */
async function publishAnother(): Promise<void> {
  const bytes = await readFile(busyWeights);
  bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + ++versions / 1000, bytes.length - 4);
  const path = join(folder, `version-${versions}.safetensors`);
  await writeFile(path, bytes);
  await submitModel(net, 'busy', path);
  await rm(path);
}

function start(): Running {
  const { location } = net.account('owner');
  const one = startCommand(
    [
      ...['validator', '--netuid', String(NETUID), '--subtensor.chain_endpoint', proxy.url],
      ...['--wallet.path', location.path, '--wallet.name', location.name, '--device', 'cpu:1'],
      ...['--hub.endpoint', gate.url, '--dataset.path', join(folder, 'data'), '--state_dir', state],
      ...['--dataset.cache', join(folder, 'pixels'), '--neuron.moving_average_alpha', '0.3'],
      ...['--neuron.query_time', '4', '--neuron.epoch_length', String(EPOCH_LENGTH)],
    ],
    { cwd: folder },
  );
  running.add(one);
  void one.ended.then(() => running.delete(one));
  return one;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Resolves at the instant at which the validator that is about to start shall die. */
function instant(stage: Stage): Promise<void> {
  switch (stage) {
    case 'submitting': {
      // Lost with the process; in the pool; or on its way, to arrive when nobody is there any more.
      const what = (['swallow', 'pass', 'hold'] as const)[below(3)] ?? 'pass';
      return new Promise((resolve) => {
        proxy.meddle = (method) => {
          if (method !== SUBMIT) return 'pass';
          resolve();
          return what;
        };
      });
    }
    case 'fetching':
      return gate.hold(below(2) === 0 ? 'request' : 'answer', /\/busy\/model/);
    case 'evaluating':
      return gate.hold('request', /GET [^ ]*busy\/model[^ ]*safetensors/).then(() => {
        gate.release();
        return pause(below(60) * 10);
      });
    case 'writing':
      return changes(1 + below(20));
    case 'starting':
      return pause(below(150) * 10);
    case 'asking the chain': {
      let left = 1 + below(60);
      return new Promise((resolve) => {
        proxy.meddle = () => {
          if (--left === 0) resolve();
          return 'pass';
        };
      });
    }
  }
}

/** The n-th change of a file of the state. */
function changes(n: number): Promise<void> {
  let watcher: FSWatcher | undefined;
  return new Promise<void>((resolve) => {
    watcher = watch(state, () => {
      if (--n === 0) resolve();
    });
  }).finally(() => watcher?.close());
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5);
}

/** A validator's life, and its death at an instant of the stage; its workers do not outlive it. */
async function liveAndDie(stage: Stage): Promise<void> {
  if (stage === 'fetching' || stage === 'evaluating') await publishAnother();
  const due = instant(stage);
  const one = start();
  await Promise.race([
    due,
    one.ended.then(({ stderr }) => Promise.reject(new Error(`it ended:\n${stderr}`))),
  ]);
  const children = await childrenOf(one.pid);
  one.kill('SIGKILL');
  expect((await one.ended).code).toBe(137);
  await until(() => children.every(isGone));
  proxy.meddle = () => 'pass';
  gate.release();
  await proxy.release();
}

const submissions: Happening[] = [];
let read = 0;

/** Weights that have reached the chain since the last look; the chain forgets its oldest blocks. */
async function lookAtChain(): Promise<void> {
  const head = await net.chain.blockNumber();
  submissions.push(...(await chainRecord(net.chainUrl, ['subtensorModule.WeightsSet'], read + 1)));
  read = Math.max(head, ...submissions.map(({ block }) => block));
}

test(
  `a validator that is killed ${KILLS} times, anywhere in its life, loses no score, does nothing twice, and goes on`,
  async () => {
    const { database, reports } = validatorStateFiles(state);
    const history = new StateHistory(database);
    for (let kill = 0; kill < KILLS; kill++) {
      await liveAndDie(STAGES[kill % STAGES.length] as Stage);
      history.look();
      if (kill % 20 === 19) await lookAtChain();
    }
    const last = start();
    const round = await last.sees(/Round (\d+) done/);
    await last.sees(new RegExp(`Round (?!${round})\\d+ done`));
    last.kill('SIGINT');
    expect((await last.ended).code).toBe(0);
    history.look();
    await lookAtChain();

    const lines = (await readFile(reports, 'utf8')).trimEnd().split('\n');
    const reported = lines.map((line) => (JSON.parse(line) as { block: number }).block);
    expect(reported).toEqual(history.rounds);
    const blocks = submissions.map(({ block }) => block);
    for (const [index, block] of blocks.slice(1).entries()) {
      expect(block - (blocks[index] ?? 0)).toBeGreaterThanOrEqual(EPOCH_LENGTH);
    }
    expect(blocks.length).toBeGreaterThan(0);
    if (process.env.HEALTHTENSOR_TEST_KILLS !== undefined) {
      const { rounds, evaluations } = history;
      console.log(
        JSON.stringify({ kills: KILLS, rounds: rounds.length, evaluations, submissions: blocks.length }),
      );
    }
  },
  120_000 + KILLS * 20_000,
);
