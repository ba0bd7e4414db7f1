import type { Log } from '../../common/log.js';
import { hexToU8a } from '@polkadot/util';
import { extrinsicsRoot, headerHash, stateRoot, ZERO_HASH, type Block, type Header } from './blocks/block.js';
import { BlockExecution } from './blocks/block-execution.js';
import type { Beacon } from './drand/beacon.js';
import { buildMetadata, type ChainMetadata } from './metadata/build-metadata.js';
import { SubtensorItems, TimestampItems } from './state/items.js';
import { Overlay } from './state/overlay.js';
import { Storage, StorageCodec, StorageReader } from './state/storage.js';
import { VersionedStore, type Changes } from './state/versioned-store.js';
import { TransactionPool, type PoolEntry, type StatusListener } from './transactions/pool.js';
import type { ValidityContext } from './transactions/validity.js';

/** Where blocks go so that they outlive the process. */
export interface BlockJournal {
  append(block: Block, changes: Changes, store: VersionedStore): Promise<void>;
  close(): Promise<void>;
}

export type BlockListener = (block: Block, changes: Changes) => void;

/** A clock that counts blocks. */
export interface ChainClock {
  readonly startMs: number;
  readonly blockMs: number;
}

export interface ChainOptions {
  /** States and blocks kept besides the head's. */
  readonly history: number;
  readonly log: Log;
  /** The wall clock in ms since 1970. */
  readonly now?: () => number;
  /** Time on the chain instead of the wall clock's: the first block's, and from block to block, in ms. */
  readonly clock?: ChainClock | undefined;
  /** What brings drand's pulses; none without one. */
  readonly beacon?: Beacon;
}

/** Transactions a block holds at most. */
const BLOCK_LIMIT = 1000;

/** The chain itself: blocks, their states, and the pool. A block is final once another is built on it. */
export class LocalChain {
  readonly metadata: ChainMetadata;
  readonly store: VersionedStore;
  readonly codec: StorageCodec;
  readonly pool: TransactionPool;
  readonly #options: ChainOptions;
  readonly #byNumber = new Map<number, Block>();
  readonly #numbers = new Map<string, number>();
  readonly #listeners = new Set<BlockListener>();
  #genesisHash = ZERO_HASH;
  #head: Block | undefined;
  #journal: BlockJournal | undefined;
  #building: Promise<unknown> = Promise.resolve();

  constructor(options: ChainOptions) {
    this.metadata = buildMetadata();
    this.codec = new StorageCodec(this.metadata);
    this.store = new VersionedStore(options.history);
    this.pool = new TransactionPool(this.metadata);
    this.#options = options;
  }

  get head(): Block {
    if (this.#head === undefined) throw new Error('The chain has no block yet');
    return this.#head;
  }

  /** The newest block that is final: the parent of the head. */
  get finalized(): Block {
    return this.#byNumber.get(this.head.header.number - 1) ?? this.head;
  }

  get genesisHash(): string {
    return this.#genesisHash;
  }

  block(number: number): Block | undefined {
    return this.#byNumber.get(number);
  }

  blockByHash(hash: string): Block | undefined {
    const number = this.#numbers.get(hash.toLowerCase());
    return number === undefined ? undefined : this.#byNumber.get(number);
  }

  /** Typed reads of the state after a block. */
  stateAt(block: number): StorageReader {
    return new StorageReader(this.codec, this.store.at(block));
  }

  /** Makes block 0 from a state. */
  startFromGenesis(write: Changes): { block: Block; changes: Changes } {
    const header: Header = {
      parentHash: ZERO_HASH,
      number: 0,
      stateRoot: stateRoot(ZERO_HASH, write),
      extrinsicsRoot: extrinsicsRoot([]),
    };
    const block: Block = { hash: headerHash(header), header, extrinsics: [] };
    this.#genesisHash = block.hash;
    this.restore(block, write);
    return { block, changes: write };
  }

  /** Continues from a whole state that was saved after `block`. */
  startFromSnapshot(block: Block, genesisHash: string, entries: Iterable<readonly [string, string]>): void {
    this.#genesisHash = genesisHash;
    this.store.load(block.header.number, entries);
    this.#remember(block);
  }

  /** Adds a block that was built before, as it was. */
  restore(block: Block, changes: Changes): void {
    this.store.commit(block.header.number, changes);
    this.#remember(block);
  }

  useJournal(journal: BlockJournal | undefined): void {
    this.#journal = journal;
  }

  onBlock(listener: BlockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a transaction would meet in the next block. */
  pending(): ValidityContext {
    const execution = this.#execution();
    return { storage: execution.storage, block: execution.number, genesisHash: this.#genesisHash };
  }

  /** Puts an encoded transaction into the pool and returns its hash; throws RpcError. */
  submit(hex: string, listener?: StatusListener): string {
    return this.pool.submit(hex, this.pending(), listener);
  }

  /** Builds one block out of what the pool has. Blocks are built one at a time, in the order of the calls. */
  buildBlock(): Promise<Block> {
    const next = this.#building.then(() => this.#build());
    this.#building = next.catch(() => undefined);
    return next;
  }

  /** Waits for the block that is being built, then closes the journal. */
  async close(): Promise<void> {
    await this.#building;
    await this.#journal?.close();
  }

  #execution(): BlockExecution {
    const { header, hash } = this.head;
    return new BlockExecution(this.codec, this.store.at(header.number), {
      number: header.number + 1,
      parentHash: hash,
      onFault: (extrinsic, error) => {
        const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#options.log.error(
          `${extrinsic.call.pallet}.${extrinsic.call.name} broke the local chain: ${detail}`,
        );
      },
    });
  }

  async #build(): Promise<Block> {
    const parent = this.head;
    const execution = this.#execution();
    const now = this.#timeAfter(execution.storage.get(TimestampItems.now));
    execution.begin(this.#listSubnets(parent.header.number), now);
    for (const pulse of this.#options.beacon?.take(execution.storage, now) ?? []) {
      execution.includePulse(pulse);
    }
    const included = this.pool.takeReady(BLOCK_LIMIT, execution.number, (extrinsic) =>
      execution.include(extrinsic),
    );
    execution.finish();
    const changes = execution.overlay.changes;
    const header: Header = {
      parentHash: parent.hash,
      number: execution.number,
      stateRoot: stateRoot(parent.header.stateRoot, changes),
      extrinsicsRoot: extrinsicsRoot(execution.extrinsics),
    };
    const block: Block = { hash: headerHash(header), header, extrinsics: execution.extrinsics };
    await this.#journal?.append(block, changes, this.store);
    this.restore(block, changes);
    this.#announce(block, changes, included);
    return block;
  }

  /** The time of a block whose parent has `before`, in ms since 1970: always later. */
  #timeAfter(before: bigint): bigint {
    const { clock, now: wall = Date.now } = this.#options;
    const now = BigInt(
      clock === undefined ? wall() : before === 0n ? clock.startMs : Number(before) + clock.blockMs,
    );
    return now > before ? now : before + 1n;
  }

  #announce(block: Block, changes: Changes, included: readonly PoolEntry[]): void {
    for (const listener of this.#listeners) listener(block, changes);
    this.pool.included(included, block.hash);
    this.pool.finalized(block.header.parentHash);
    this.#options.log.debug(`Block ${block.header.number} ${block.hash}: ${included.length} transactions`);
  }

  #remember(block: Block): void {
    const { number } = block.header;
    this.#head = block;
    this.#byNumber.set(number, block);
    this.#numbers.set(block.hash, number);
    const old = this.#byNumber.get(number - this.#options.history - 1);
    if (old !== undefined && old.header.number !== 0) {
      this.#byNumber.delete(old.header.number);
      this.#numbers.delete(old.hash);
    }
  }

  /** Every subnet but root after a block, in the order of their raw keys, as the chain goes through them. */
  #listSubnets(block: number): number[] {
    const keys = this.store.keys(this.codec.key(SubtensorItems.networksAdded.name, []), block);
    const netuids = keys.map((key) => {
      const [low = 0, high = 0] = hexToU8a(`0x${key.slice(-4)}`);
      return low + (high << 8);
    });
    return netuids.filter((netuid) => netuid !== 0);
  }
}

/** The changes that a genesis makes to an empty state. */
export async function genesisChanges(
  codec: StorageCodec,
  write: (storage: Storage) => Promise<void>,
): Promise<Changes> {
  const overlay = new Overlay({ get: () => undefined, keys: () => [] });
  await write(new Storage(codec, overlay));
  return overlay.changes;
}
