// @ts-check
// npm run soak [-- --blocks 10000 --block-ms 20]: fast blocks of a local chain, and a client that does on it what a validator
// and a miner do each epoch. Prints one JSON line: submissions, resident memory, heap and open handles, and their slopes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { connectChain } from '../dist/chain/index.js';
import { startLocalChain } from '../dist/localnet/index.js';
import { runCommand } from './setup-error.mjs';
import { slopePerThousand } from './soak-slope.mjs';

const NETUID = 31;
const TEMPO = 20;
const STAKE_RAO = 5_000_000_000_000n;
/** Samples from before caches are filled say nothing about growth. */
const WARM_UP = 0.2;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10000' },
    'block-ms': { type: 'string', default: '20' },
    chain: { type: 'boolean', default: false },
  },
});
const blocks = Number(values.blocks);
const blockMs = Number(values['block-ms']);

await runCommand(async () => {
  await (values.chain ? serveChain() : soak());
  return 0;
});

/** The chain has a process of its own: its memory is none of the client's. */
async function serveChain() {
  const subnets = [{ netuid: NETUID, tempo: TEMPO, weightsRateLimit: 2, minAllowedWeights: 1 }];
  const chain = await startLocalChain({ port: 0, blockMs, historyBlocks: 1024, genesis: { subnets } });
  process.send?.(chain.url);
  await once(process, 'disconnect');
  await chain.close();
}

async function soak() {
  // Samples are taken after a collection: what is left is what is held.
  const server = fork(fileURLToPath(import.meta.url), ['--chain', '--block-ms', String(blockMs)]);
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-soak-'));
  try {
    const [url] = /** @type {[string]} */ (await once(server, 'message'));
    const report = await live(url, folder);
    console.log(JSON.stringify(report));
  } finally {
    server.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} url
 * @param {string} folder
 */
async function live(url, folder) {
  await cryptoWaitReady();
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const coldkey = keyring.addFromUri('//Alice');
  const validator = keyring.addFromUri('//soak-validator');
  const miner = keyring.addFromUri('//soak-miner');
  const open = (/** @type {string} */ name) =>
    connectChain({ endpoints: [url], journal: join(folder, `${name}.jsonl`), eraBlocks: 256 });
  const [judge, worker] = await Promise.all([open('validator'), open('miner')]);
  for (const { address } of [validator, miner])
    await judge.registerHotkey(coldkey, { netuid: NETUID, hotkey: address });
  await judge.addStake(coldkey, { netuid: NETUID, hotkey: validator.address, amountRao: STAKE_RAO });

  const began = performance.now();
  const first = await judge.blockNumber();
  /** @type {{ block: number, rss: number, heap: number, handles: number }[]} */
  const samples = [];
  /** @type {Record<string, number>} */
  const outcomes = {};
  const count = (/** @type {import('../dist/chain/index.js').SubmissionResult} */ result) => {
    const name = result.ok ? 'included' : result.name;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  };
  for (let epoch = 1, block = first; block < first + blocks; epoch++) {
    block = await judge.waitForBlock(first + epoch * TEMPO);
    const metagraph = await judge.metagraph(NETUID);
    await judge.commitments(NETUID);
    await judge.hyperparameters(NETUID);
    const uids = metagraph.neurons.map(({ uid }) => uid);
    const [weights, commitment] = await Promise.all([
      judge.setWeights(validator, {
        netuid: NETUID,
        uids,
        values: uids.map((uid) => (uid === epoch % uids.length ? 65_535 : 1)),
        versionKey: 0,
      }),
      worker.commit(miner, { netuid: NETUID, text: `epoch ${epoch}` }),
    ]);
    count(weights);
    count(commitment);
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    samples.push({
      block: block - first,
      rss,
      heap: heapUsed,
      handles: process.getActiveResourcesInfo().length,
    });
  }
  await Promise.all([judge.close(), worker.close()]);
  const settled = samples.slice(Math.floor(samples.length * WARM_UP));
  const shown = (/** @type {'rss' | 'heap' | 'handles'} */ key, unit = 1) => {
    const all = settled.map((sample) => /** @type {const} */ ([sample.block, sample[key] / unit]));
    const round = (/** @type {number} */ number) => Math.round(number * 100) / 100;
    const only = all.map(([, value]) => value);
    return {
      first: round(only[0] ?? 0),
      last: round(only.at(-1) ?? 0),
      most: round(Math.max(...only)),
      slopePerThousandBlocks: round(slopePerThousand(all)),
    };
  };
  return {
    blocks: samples.at(-1)?.block ?? 0,
    epochs: samples.length,
    seconds: Math.round((performance.now() - began) / 1000),
    outcomes,
    rssMiB: shown('rss', 2 ** 20),
    heapMiB: shown('heap', 2 ** 20),
    handles: shown('handles'),
  };
}
