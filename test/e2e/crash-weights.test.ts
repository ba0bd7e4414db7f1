import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { validatorStateFiles } from '../../src/validator/index.js';
import { chainRecord } from '../chain/support/chain-record.js';
import { meddlingProxy, type MeddlingProxy } from '../chain/support/meddling-proxy.js';
import { type Running, startCommand } from '../support/command.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { submitModel, trainedWeights } from '../validator/published-model.js';

/** Long enough that no second submission is due while a test looks at the first. */
const EPOCH_LENGTH = 120;
const SUBMITTED = ['subtensorModule.WeightsSet', 'subtensorModule.TimelockedWeightsCommitted'];

let folder: string;
let weights: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-crash-weights-'));
  const path = join(folder, 'data');
  await synthesizeDataset({ path, images: 60, seed: 1, size: 32 });
  const cacheDirectory = join(folder, 'pixels');
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  weights = await trainedWeights(folder, { seed: 1, epochs: 1, cachePath, images: 40 });
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Scene {
  readonly proxy: MeddlingProxy;
  /** Blocks between two weight settings. */
  readonly epochLength: number;
  readonly start: () => Running;
  readonly kill: (one: Running) => Promise<void>;
  readonly journal: () => Promise<Record<string, unknown>[]>;
  /** What reached the chain: the blocks, and the hash of what brought it there. */
  readonly submissions: () => Promise<{ block: number; hash: string | undefined }[]>;
}

async function onNet(
  name: string,
  { commitReveal = false, blockMs = 50, epochLength = EPOCH_LENGTH },
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const home = join(folder, name);
  const net: LocalNet = await startLocalNet(home, {
    names: ['rival'],
    blockMs,
    subnet: { commitReveal },
  });
  const proxy = await meddlingProxy(net.chainUrl);
  const running = new Set<Running>();
  const state = join(home, 'state');
  try {
    await submitModel(net, 'rival', weights);
    const start = () => {
      const { location } = net.account('owner');
      const one = startCommand(
        [
          ...['validator', '--netuid', String(NETUID), '--subtensor.chain_endpoint', proxy.url],
          ...['--wallet.path', location.path, '--wallet.name', location.name, '--device', 'cpu:1'],
          ...['--hub.endpoint', net.hubUrl, '--dataset.path', join(folder, 'data'), '--state_dir', state],
          ...['--dataset.cache', join(folder, 'pixels'), '--neuron.query_time', '4'],
          ...['--neuron.epoch_length', String(epochLength)],
        ],
        { cwd: folder },
      );
      running.add(one);
      void one.ended.then(() => running.delete(one));
      return one;
    };
    await body({
      proxy,
      epochLength,
      start,
      kill: async (one) => {
        one.kill('SIGKILL');
        expect((await one.ended).code).toBe(137);
      },
      journal: async () =>
        (await readFile(validatorStateFiles(state).submissions, 'utf8'))
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      submissions: async () =>
        // What the chain reveals by itself is nobody's submission.
        (await chainRecord(net.chainUrl, SUBMITTED)).filter(({ hash }) => hash !== undefined),
    });
  } finally {
    for (const one of running) one.kill('SIGKILL');
    await Promise.all([...running].map(({ ended }) => ended));
    await proxy.close();
    await net.close();
  }
}

/** A validator that was killed with its weights sent and not yet in any block; the hash of what is in flight. */
async function killedInFlight({ proxy, start, kill, journal }: Scene): Promise<string> {
  proxy.meddle = (method) => (method === 'author_submitExtrinsic' ? 'hold' : 'pass');
  const first = start();
  await Promise.race([proxy.holding(), first.sees(/never printed/)]);
  await kill(first);
  proxy.meddle = () => 'pass';
  const [sent, ...more] = await journal();
  expect(more).toEqual([]);
  expect(sent).toMatchObject({ event: 'sent', call: expect.stringContaining('Weights') });
  return String(sent?.['hash']);
}

/** Until it has judged again and knows what its predecessor did; the exit is clean. */
async function goesOn(one: Running, knows: RegExp): Promise<void> {
  await one.sees(knows);
  const round = await one.sees(/Round (\d+) done/);
  await one.sees(new RegExp(`Round (?!${round})\\d+ done`));
  one.kill('SIGINT');
  expect((await one.ended).code).toBe(0);
}

/** The first submission is the one, and no other came in its epoch. */
async function expectOnce({ submissions, journal, epochLength }: Scene, hash: string): Promise<void> {
  const [first, ...more] = await submissions();
  expect(first?.hash).toBe(hash);
  for (const { block } of more) expect(block).toBeGreaterThanOrEqual((first?.block ?? 0) + epochLength);
  expect((await journal()).filter((line) => line['hash'] === hash)).toMatchObject([
    { event: 'sent' },
    { event: 'outcome', outcome: 'included', block: first?.block },
  ]);
}

describe('a validator that is killed between sending its weights and their block', () => {
  test.each([
    ['set in the open', false],
    ['committed behind drand', true],
  ])(
    'finds them on the chain when they landed while nobody was there (%s)',
    (name, commitReveal) =>
      // Slow blocks: a busy machine must let go of what is in flight before its era, 32 blocks, ends.
      onNet(name.replaceAll(' ', '-'), { commitReveal, blockMs: 150, epochLength: 60 }, async (scene) => {
        const hash = await killedInFlight(scene);
        await scene.proxy.release();
        const next = scene.start();
        await goesOn(next, /is in block \d+/);
        await expectOnce(scene, hash);
      }),
    120_000,
  );

  test(
    'waits for them when they land under its eyes',
    () =>
      // Slow blocks: a busy machine must get the second validator started before the era of what is in flight, 32 blocks, ends.
      onNet('later', { blockMs: 300, epochLength: 60 }, async (scene) => {
        const hash = await killedInFlight(scene);
        const next = scene.start();
        await next.sees(/Looking for what became of/);
        await scene.proxy.release();
        await goesOn(next, /is in block \d+/);
        await expectOnce(scene, hash);
      }),
    120_000,
  );

  test(
    'sends new ones, once, when they were lost',
    () =>
      onNet('lost', {}, async (scene) => {
        const hash = await killedInFlight(scene);
        const next = scene.start();
        await next.sees(/timed-out, EraEnded/);
        await goesOn(next, /Weights set in block \d+ .* read back equal/);
        const journal = await scene.journal();
        expect(journal.filter((line) => line['hash'] === hash)).toMatchObject([
          { event: 'sent' },
          { event: 'outcome', outcome: 'timed-out', name: 'EraEnded' },
        ]);
        const anew = journal.find((line) => line['event'] === 'sent' && line['hash'] !== hash);
        await expectOnce(scene, String(anew?.['hash']));
      }),
    120_000,
  );
});
