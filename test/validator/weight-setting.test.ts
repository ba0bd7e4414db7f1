import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { type Hotkey, silentLog } from '../../src/common/index.js';
import { startLocalChain } from '../../src/localnet/index.js';
import { setWeightsIfDue, type WeightContext } from '../../src/validator/weight-setting.js';
import { Store } from '../../src/validator/store.js';
import { devAccount } from '../chain/support/accounts.js';
import { chainRecord } from '../chain/support/chain-record.js';
import { meddlingProxy } from '../chain/support/meddling-proxy.js';
import { ManualChain } from '../support/manual-chain.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const NETUID = 31;

test('weights that a killed validator left in flight are waited for before it is asked whether new ones are due', () =>
  inTemporaryFolder(async (folder) => {
    const [alice, signer, miner] = await Promise.all(
      ['//Alice', '//validator', '//miner'].map((uri) => devAccount(uri)),
    );
    if (alice === undefined || signer === undefined || miner === undefined) throw new Error('no accounts');
    const subnet = { netuid: NETUID, ownerHotkey: signer.address, tempo: 10, weightsRateLimit: 1 };
    const node = await startLocalChain({ port: 0, blockMs: 0, genesis: { subnets: [subnet] } });
    const proxy = await meddlingProxy(node.url);
    const blocks = await ManualChain.of(node);
    const store = new Store(join(folder, 'state.sqlite'));
    const chains: Chain[] = [];
    const open = async (url: string) => {
      const chain = await connectChain({ endpoints: [url], timeoutMs: 10_000 });
      chains.push(chain);
      return chain;
    };
    const context = (chain: WeightContext['chain']): WeightContext => ({
      ...{ chain, signer, ownHotkey: signer.address as Hotkey, store, log: silentLog },
      settings: { netuid: NETUID, epochLength: 20, disableSetWeights: false },
    });
    try {
      await blocks.blocks(1);
      const direct = await open(node.url);
      for (const { address: hotkey } of [signer, miner]) {
        const result = await blocks.during(() => direct.registerHotkey(alice, { netuid: NETUID, hotkey }));
        expect(result).toMatchObject({ ok: true });
      }
      await blocks.blocks(25);
      const { neurons } = await direct.metagraph(NETUID);
      const score = (round: number, ofMiner: number) =>
        store.finishRound({
          report: { block: round, results: [] } as never,
          neurons: neurons.map(({ hotkey, registrationBlock }) => ({
            hotkey,
            registrationBlock,
            score: hotkey === miner.address ? ofMiner : 1,
            entry: 'none' as const,
          })),
          claims: [],
        });

      score(1, 0.5);
      proxy.meddle = (method) => (method === 'author_submitExtrinsic' ? 'hold' : 'pass');
      const killed = await open(proxy.url);
      killed.keepJournal(join(folder, 'submissions.jsonl'));
      const lost = setWeightsIfDue(context(killed));
      await proxy.holding();
      await killed.close();
      expect(await lost).toMatchObject({ kind: 'failed', name: 'CHAIN_UNREACHABLE' });

      // The next one would send other weights.
      score(2, 0.25);
      await proxy.release();
      const next = await open(node.url);
      next.keepJournal(join(folder, 'submissions.jsonl'));
      let asked = () => {};
      const began = new Promise<void>((resolve) => (asked = resolve));
      const settingWeights = setWeightsIfDue(
        context({
          settled: (address, signal) => (asked(), next.settled(address, signal)),
          metagraph: (netuid) => next.metagraph(netuid).finally(asked),
          hyperparameters: (netuid) => next.hyperparameters(netuid),
          setWeights: (by, o) => next.setWeights(by, o),
          weights: (netuid, uid) => next.weights(netuid, uid),
          commitOutcome: (commit) => next.commitOutcome(commit),
          revealWeights: (by, commit, signal) => next.revealWeights(by, commit, signal),
          waitForBlock: (n, signal) => next.waitForBlock(n, signal),
        }),
      );
      await began; // only now blocks go on, with the first weights in the next one
      expect(await blocks.until(settingWeights)).toMatchObject({ kind: 'not-due' });
      expect(await chainRecord(node.url, ['subtensorModule.WeightsSet'])).toHaveLength(1);
      expect(new Map(await next.weights(NETUID, 0)).get(1)).toBe(32_768);
    } finally {
      store.close();
      for (const chain of chains) await chain.close();
      await blocks.close();
      await proxy.close();
      await node.close();
    }
  }));
