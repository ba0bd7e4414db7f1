import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { type Hotkey, Log } from '../../src/common/index.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import type { RoundReport } from '../../src/validator/report.js';
import { Store } from '../../src/validator/store.js';
import { followCommits, revealNotice, waitForReveals } from '../../src/validator/weight-reveals.js';
import { setWeightsIfDue, type WeightContext } from '../../src/validator/weight-setting.js';
import { devAccount } from '../chain/support/accounts.js';
import { ManualChain } from '../support/manual-chain.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const NETUID = 31;
const TEMPO = 10;

let signer: KeyringPair;
let miner: KeyringPair;
beforeAll(async () => {
  signer = await devAccount('//validator');
  miner = await devAccount('//miner');
});

interface Scene {
  readonly node: RunningChain;
  readonly blocks: ManualChain;
  readonly chain: Chain;
  /** What the log said. */
  readonly said: string[];
  readonly context: () => WeightContext & { store: Store };
  /** As after a kill: the file is opened anew. */
  readonly restart: () => void;
  /** The miner's score from now on. */
  readonly score: (value: number) => void;
  /** The weight that the chain shows for the miner. */
  readonly weight: () => Promise<number | undefined>;
}

/** The validator owns the subnet; the miner is its second neuron. */
async function onChain(
  genesis: { commitRevealVersion?: number },
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const alice = await devAccount('//Alice');
    const node = await startLocalChain({
      port: 0,
      blockMs: 0,
      clock: { startMs: 1_700_000_000_000, blockMs: 12_000 },
      genesis: {
        ...genesis,
        subnets: [
          {
            netuid: NETUID,
            ownerHotkey: signer.address,
            tempo: TEMPO,
            commitReveal: true,
            weightsRateLimit: 2,
          },
        ],
      },
    });
    const blocks = await ManualChain.of(node);
    const chain = await connectChain({ endpoints: [node.url], eraBlocks: 16, timeoutMs: 10_000 });
    const path = join(folder, 'state.sqlite');
    let store = new Store(path);
    const said: string[] = [];
    const log = new Log({ level: 'INFO', write: (line) => void said.push(line) });
    try {
      await blocks.blocks(1);
      for (const { address: hotkey } of [signer, miner]) {
        const result = await blocks.during(() => chain.registerHotkey(alice, { netuid: NETUID, hotkey }));
        expect(result).toMatchObject({ ok: true });
      }
      await blocks.blocks(2);
      const { neurons } = await chain.metagraph(NETUID);
      const ownHotkey = signer.address as Hotkey;
      const settings = { netuid: NETUID, epochLength: 3, disableSetWeights: false };
      let round = 0;
      const score = (value: number) => {
        const report = { block: (round += 1), results: [] } as unknown as RoundReport;
        const scored = neurons.map(({ hotkey, registrationBlock }) => ({
          hotkey,
          registrationBlock,
          score: hotkey === miner.address ? value : 1,
          entry: 'none' as const,
        }));
        store.finishRound({ report, neurons: scored, claims: [] });
      };
      await body({
        node,
        blocks,
        chain,
        said,
        score,
        context: () => ({ chain, signer, ownHotkey, store, settings, log }),
        restart: () => {
          store.close();
          store = new Store(path);
        },
        weight: async () => new Map(await chain.weights(NETUID, 0)).get(1),
      });
    } finally {
      store.close();
      await chain.close();
      await blocks.close();
      await node.close();
    }
  });
}

/** Looks at the commits after each new block until none is open. */
async function untilSettled({ blocks, context }: Scene): Promise<void> {
  while (context().store.commits.open().length > 0) {
    await blocks.blocks(1);
    await blocks.during(() => followCommits(context()));
  }
}

/** The chain as an object whose methods can be replaced one by one. */
function bound(chain: Chain): WeightContext['chain'] {
  return {
    settled: (address, signal) => chain.settled(address, signal),
    metagraph: (netuid) => chain.metagraph(netuid),
    hyperparameters: (netuid) => chain.hyperparameters(netuid),
    setWeights: (by, o) => chain.setWeights(by, o),
    weights: (netuid, uid) => chain.weights(netuid, uid),
    commitOutcome: (commit) => chain.commitOutcome(commit),
    revealWeights: (by, commit, signal) => chain.revealWeights(by, commit, signal),
    waitForBlock: (n, signal) => chain.waitForBlock(n, signal),
  };
}

const setWeights = ({ blocks, context }: Scene) => blocks.during(() => setWeightsIfDue(context()));

describe('a validator on a subnet with commit-reveal', () => {
  test('commits, sees the reveal, and remembers both', () =>
    onChain({}, async (scene) => {
      scene.score(0.5);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      expect(scene.said.join('\n')).toMatch(
        /Weights committed in block \d+ .* revealed in blocks \d+ to \d+/,
      );
      expect(await scene.weight()).toBeUndefined();
      expect(scene.context().store.commits.open()).toMatchObject([{ state: 'committed' }]);
      expect(revealNotice(scene.context().store.commits.status())).toMatch(/still hidden: in blocks/);
      await untilSettled(scene);
      expect(await scene.weight()).toBe(32_768);
      expect(scene.said.join('\n')).toMatch(/Weights of block \d+ revealed in block \d+/);
      const { last, missedInARow } = scene.context().store.commits.status();
      expect(last?.state).toBe('revealed');
      expect(missedInARow).toBe(0);
      expect(revealNotice(scene.context().store.commits.status())).toBeUndefined();
    }));

  test('raises the alarm when drand is silent for an epoch; the next commit is right', () =>
    onChain({}, async (scene) => {
      scene.node.beacon.silence();
      scene.score(0.5);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      await untilSettled(scene);
      expect(scene.said.filter((line) => line.includes('ALARM'))).toEqual([
        expect.stringMatching(
          /ERROR.*ALARM: the weights committed in block \d+ were not revealed .*drand's round \d+/,
        ),
      ]);
      scene.restart();
      const status = scene.context().store.commits.status();
      expect(status).toMatchObject({ open: [], missedInARow: 1, missed: 1, last: { state: 'missed' } });
      expect(revealNotice(status)).toMatch(/the last commit was NOT revealed: block \d+, drand's round/);
      expect(await scene.weight()).toBeUndefined();

      scene.node.beacon.resume();
      scene.score(0.25);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      await untilSettled(scene);
      expect(await scene.weight()).toBe(16_384);
      expect(scene.context().store.commits.status()).toMatchObject({
        missedInARow: 0,
        missed: 1,
        revealed: 1,
      });
    }));

  test('killed between sending and inclusion, it finds its commit again and sends no second one', () =>
    onChain({}, async (scene) => {
      scene.score(0.5);
      // The commit is on disk and sent, the process dies: what became of it is never written down.
      const setWeightsAndDie = async (...sent: Parameters<Chain['setWeights']>) => {
        expect(await scene.chain.setWeights(...sent)).toMatchObject({ ok: true });
        throw new Error('killed');
      };
      const dying = { ...bound(scene.chain), setWeights: setWeightsAndDie };
      await expect(
        scene.blocks.during(() => setWeightsIfDue({ ...scene.context(), chain: dying })),
      ).rejects.toThrow('killed');
      scene.restart();
      expect(scene.context().store.commits.open()).toMatchObject([{ state: 'sent' }]);
      expect(await setWeights(scene)).toMatchObject({ kind: 'not-due' });
      expect(scene.context().store.commits.open()).toMatchObject([{ state: 'committed' }]);
      await untilSettled(scene);
      expect(await scene.weight()).toBe(32_768);
    }));

  test('killed before anything reached the chain, it commits again once the era is over', () =>
    onChain({}, async (scene) => {
      scene.score(0.5);
      const setNothingAndDie = async (_: KeyringPair, o: Parameters<Chain['setWeights']>[1]) => {
        const headBlock = await scene.chain.blockNumber();
        const { netuid, uids, values } = o;
        await o.beforeSend?.({
          ...{ method: 'timelocked', netuid, hotkey: signer.address, uids, values, versionKey: 0n },
          ...{ commitHash: '0x5a', headBlock, validUntil: headBlock + 4 },
          ...{ commitEpoch: 0, firstRevealBlock: headBlock + 5, lastRevealBlock: headBlock + 14 },
        });
        throw new Error('killed');
      };
      const dying = { ...bound(scene.chain), setWeights: setNothingAndDie };
      await expect(setWeightsIfDue({ ...scene.context(), chain: dying })).rejects.toThrow('killed');
      scene.restart();
      expect(scene.context().store.commits.open()).toMatchObject([{ state: 'sent' }]);
      const waiting = await setWeights(scene);
      expect(waiting).toMatchObject({ kind: 'not-due' });
      await scene.blocks.reach(waiting.kind === 'not-due' ? waiting.due : 0);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      expect(scene.said.join('\n')).toMatch(/were taken into no block/);
      expect(scene.context().store.commits.open()).toHaveLength(1);
    }));

  test('reveals salted weights itself where the chain asks for them', () =>
    onChain({ commitRevealVersion: 2 }, async (scene) => {
      scene.score(0.5);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      scene.restart(); // the salt is on disk
      await untilSettled(scene);
      expect(await scene.weight()).toBe(32_768);
    }));

  test('ends once its last weights are revealed, and with an error when they are not', () =>
    onChain({}, async (scene) => {
      scene.score(0.5);
      await setWeights(scene);
      await scene.blocks.until(waitForReveals(scene.context()));
      expect(await scene.weight()).toBe(32_768);
      await scene.blocks.until(waitForReveals(scene.context())); // nothing is open

      scene.node.beacon.silence();
      await scene.blocks.blocks(3);
      expect(await setWeights(scene)).toMatchObject({ kind: 'committed' });
      await expect(scene.blocks.until(waitForReveals(scene.context()))).rejects.toMatchObject({
        code: 'WEIGHTS_NOT_REVEALED',
      });
    }));
});
