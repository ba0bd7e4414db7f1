import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError, messageOf } from '../../../common/errors.js';
import { syncFolder, writeFileAtomic } from '../../../common/files.js';
import type { Log } from '../../../common/log.js';
import { lockState } from '../../../common/state-lock.js';
import type { Block } from '../blocks/block.js';
import type { BlockJournal, LocalChain } from '../chain.js';
import type { Changes, VersionedStore } from '../state/versioned-store.js';
import { blockLine, readBlockFile } from './block-file.js';

/**
 * A chain's folder holds segments: `<n>.snapshot.json`, the whole state after block n, and `<n>.blocks`, one line for
 * every block after it. The two newest segments are kept, so that a restart knows at least one segment of history.
 */
interface Snapshot {
  readonly version: 1;
  readonly genesisHash: string;
  readonly block: Block;
  readonly entries: readonly (readonly [string, string])[];
}

export interface JournalOptions {
  readonly log: Log;
  /** Blocks after which a new segment begins. */
  readonly segmentBlocks: number;
}

/** Loads the chain that the folder holds into `chain`, or starts one from `genesis`, and keeps it from then on. */
export async function openJournal(
  directory: string,
  chain: LocalChain,
  genesis: Changes,
  options: JournalOptions,
): Promise<BlockJournal> {
  await mkdir(directory, { recursive: true });
  const unlock = lockState(directory);
  try {
    await removeTemporaries(directory);
    let segment = await load(directory, chain);
    if (segment === undefined) {
      const { block } = chain.startFromGenesis(genesis);
      segment = 0;
      await writeSnapshot(directory, chain.genesisHash, block, chain.store);
    } else {
      options.log.info(`The local chain in ${directory} continues at block ${chain.head.header.number}`);
    }
    const file = await open(join(directory, blocksName(segment)), 'a', 0o644);
    return new Journal(directory, chain, unlock, options, segment, file);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Snapshots that a killed process did not finish. */
async function removeTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory);
  for (const name of names.filter((each) => each.endsWith('.tmp'))) await rm(join(directory, name));
}

function snapshotName(segment: number): string {
  return `${segment}.snapshot.json`;
}

function blocksName(segment: number): string {
  return `${segment}.blocks`;
}

async function writeSnapshot(
  directory: string,
  genesisHash: string,
  block: Block,
  store: VersionedStore,
): Promise<void> {
  const { number } = block.header;
  const snapshot: Snapshot = { version: 1, genesisHash, block, entries: store.entries(number) };
  await writeFileAtomic(join(directory, snapshotName(number)), JSON.stringify(snapshot));
}

async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .flatMap((name) => /^(\d+)\.snapshot\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Restores the newest two segments and returns the last one's number; undefined for a folder without a chain. */
async function load(directory: string, chain: LocalChain): Promise<number | undefined> {
  const segments = (await listSegments(directory)).slice(-2);
  const [first] = segments;
  if (first === undefined) return undefined;
  const path = join(directory, snapshotName(first));
  try {
    const snapshot = JSON.parse(await readFile(path, 'utf8')) as Snapshot;
    chain.startFromSnapshot(snapshot.block, snapshot.genesisHash, snapshot.entries);
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  for (const segment of segments) {
    const blocks = join(directory, blocksName(segment));
    for (const { block, changes } of await readBlockFile(blocks)) {
      if (block.header.parentHash !== chain.head.hash)
        throw damaged(blocks, `block ${block.header.number} has no parent`);
      chain.restore(block, new Map(changes));
    }
  }
  return segments.at(-1);
}

function damaged(path: string, detail: string): HealthTensorError {
  return new HealthTensorError('LOCALNET_DAMAGED', `${path} is damaged: ${detail}`, {
    remedy: 'Remove the folder of the local chain to begin a new one',
  });
}

class Journal implements BlockJournal {
  readonly #directory: string;
  readonly #chain: LocalChain;
  readonly #unlock: () => void;
  readonly #options: JournalOptions;
  #segment: number;
  #file: FileHandle;
  #failed: { readonly error: unknown } | undefined;

  constructor(
    directory: string,
    chain: LocalChain,
    unlock: () => void,
    options: JournalOptions,
    segment: number,
    file: FileHandle,
  ) {
    this.#directory = directory;
    this.#chain = chain;
    this.#unlock = unlock;
    this.#options = options;
    this.#segment = segment;
    this.#file = file;
  }

  /** Makes a block durable before anybody hears of it. */
  async append(block: Block, changes: Changes, store: VersionedStore): Promise<void> {
    // Behind half a block, or one that nobody heard of, another would make the file unreadable.
    if (this.#failed !== undefined) {
      throw new HealthTensorError(
        'LOCALNET_STOPPED',
        `An earlier block could not be kept: ${messageOf(this.#failed.error)}`,
        { remedy: 'Start the local net again once the cause is gone' },
      );
    }
    try {
      if (store.head - this.#segment >= this.#options.segmentBlocks) await this.#beginSegment(store);
      await this.#file.appendFile(blockLine(block, changes));
      await this.#file.datasync();
    } catch (error) {
      this.#failed = { error };
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
    this.#unlock();
  }

  async #beginSegment(store: VersionedStore): Promise<void> {
    const head = this.#chain.head;
    const next = head.header.number;
    await writeSnapshot(this.#directory, this.#chain.genesisHash, head, store);
    const file = await open(join(this.#directory, blocksName(next)), 'a', 0o644);
    await syncFolder(this.#directory);
    await this.#file.close();
    this.#file = file;
    this.#segment = next;
    for (const old of (await listSegments(this.#directory)).slice(0, -2)) {
      // The snapshot last: it is what makes the next round find the rest when this one is cut short.
      await rm(join(this.#directory, blocksName(old)), { force: true });
      await rm(join(this.#directory, snapshotName(old)), { force: true });
    }
  }
}
