import { cryptoWaitReady } from '@polkadot/util-crypto';
import { messageOf } from '../../common/errors.js';
import { silentLog, type Log } from '../../common/log.js';
import type { Block } from './blocks/block.js';
import { genesisChanges, LocalChain } from './chain.js';
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
  const chain = new LocalChain({ history: historyBlocks, log });
  const genesis = await genesisChanges(chain.codec, (storage) =>
    writeGenesis(storage, options.genesis ?? {}),
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
    close: () => (closed ??= close()),
  };
}
