import { cryptoWaitReady } from '@polkadot/util-crypto';
import { messageOf } from '../../common/errors.js';
import { silentLog, type Log } from '../../common/log.js';
import { QUICKNET } from '../../common/timelock/index.js';
import type { Block } from './blocks/block.js';
import { genesisChanges, LocalChain, type ChainClock } from './chain.js';
import { Beacon } from './drand/beacon.js';
import { pulseOf } from './drand/local-beacon.js';
import { writeGenesis, type GenesisSettings } from './genesis.js';
import { openJournal } from './persistence/journal.js';
import { serveRpc } from './rpc/server.js';

export interface LocalChainOptions {
  /** Port on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** Folder in which the chain lives on; none, memory only. */
  readonly directory?: string;
  /** Milliseconds from block to block; 0, only buildBlock() makes blocks. */
  readonly blockMs: number;
  readonly log?: Log;
  /** Time on the chain instead of the wall clock's: fast blocks whose timestamps say that they are not. */
  readonly clock?: ChainClock;
  /** Whether the chain's own drand beacon sends pulses from the start; on when a subnet has commit-reveal on. */
  readonly beacon?: 'on' | 'silent';
  /** Used for the first start; a folder that holds a chain keeps the one it has. */
  readonly genesis?: GenesisSettings;
  /** Past blocks and states kept; 4096. */
  readonly historyBlocks?: number;
}

export interface RunningChain {
  /** ws:// address for @polkadot/api. */
  readonly url: string;
  /** Builds a block now, besides those of the timer, and says which. It is final once the next one is built. */
  buildBlock(): Promise<{ number: number; hash: string }>;
  readonly beacon: {
    /** No pulse comes any more, as when drand or the workers that fetch it are down. */
    silence(): void;
    /** Pulses come again, beginning with those that were missed: 50 rounds at most. */
    resume(): void;
    /** Hands a pulse in for the next block, which verifies and stores it as one that a worker fetched. */
    submit(round: bigint, signature: Uint8Array): void;
  };
  /** Stops blocks, sockets and files; the process may end afterwards. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_HISTORY = 4096;

/**
 * Starts a chain that speaks subtensor's JSON-RPC to an unmodified @polkadot/api: real signatures, nonces, eras, events
 * and errors, for the calls that a miner and a validator need. Listens on the loopback interface only.
 */
export async function startLocalChain(options: LocalChainOptions): Promise<RunningChain> {
  const { directory, blockMs, log = silentLog, historyBlocks = DEFAULT_HISTORY } = options;
  await cryptoWaitReady();
  const beacon = new Beacon({ silent: startsSilent(options) });
  const chain = new LocalChain({ history: historyBlocks, log, clock: options.clock, beacon });
  const genesis = await genesisChanges(chain.codec, (storage) =>
    writeGenesis(storage, { beacon: { periodSeconds: beaconPeriod(options) }, ...options.genesis }),
  );
  if (directory === undefined) chain.startFromGenesis(genesis);
  else chain.useJournal(await openJournal(directory, chain, genesis, { log, segmentBlocks: historyBlocks }));
  let timer: NodeJS.Timeout | undefined;
  let closed: Promise<void> | undefined;
  const server = await serveRpc(chain, options.port, log).catch(async (error: unknown) => {
    await chain.close();
    throw error;
  });
  const build = (): Promise<Block> => {
    if (closed !== undefined) return Promise.reject(new Error('The local chain is closed'));
    return chain.buildBlock();
  };
  const tick = (delayMs: number): void => {
    timer = setTimeout(() => {
      const started = performance.now();
      build().then(
        () => {
          if (closed === undefined) tick(Math.max(0, blockMs - (performance.now() - started)));
        },
        (error: unknown) => {
          if (closed === undefined) log.error(`The local chain stopped building blocks: ${messageOf(error)}`);
        },
      );
    }, delayMs);
  };
  if (blockMs > 0) tick(blockMs);
  const close = async (): Promise<void> => {
    clearTimeout(timer);
    await server.close();
    await chain.close();
  };
  log.info(`Local chain at ws://127.0.0.1:${server.port}, block ${chain.head.header.number}`);
  return {
    url: `ws://127.0.0.1:${server.port}`,
    buildBlock: async () => {
      const { header, hash } = await build();
      return { number: header.number, hash };
    },
    beacon: {
      silence: () => beacon.silence(),
      resume: () => beacon.resume(),
      submit: (round, signature) => beacon.submit(pulseOf(round, signature)),
    },
    close: () => (closed ??= close()),
  };
}

/** Without commit-reveal nobody waits for pulses: blocks then hold nothing but what was sent. */
function startsSilent({ beacon, genesis }: LocalChainOptions): boolean {
  if (beacon !== undefined) return beacon === 'silent';
  return genesis?.subnets?.some(({ commitReveal }) => commitReveal === true) !== true;
}

/**
 * Seconds from round to round: a round a block, as far as whole seconds can say that. With the wall clock never fewer
 * rounds than quicknet has.
 */
function beaconPeriod({ clock, blockMs }: LocalChainOptions): number {
  if (clock !== undefined) return Math.max(1, Math.round(clock.blockMs / 1000));
  return blockMs === 0 ? QUICKNET.period : Math.min(QUICKNET.period, Math.max(1, Math.round(blockMs / 1000)));
}
