import type { ChainMetadata } from '../metadata/build-metadata.js';
import { SystemItems, type Account } from '../state/items.js';
import type { StorageReader } from '../state/storage.js';
import { decodeExtrinsic, UndecodableExtrinsic, type SignedExtrinsic } from './extrinsic.js';
import { alreadyImported, invalidTransaction, poolFull, priorityTooLow, undecodable } from './rejection.js';
import { checkSignature, checkTransaction, validUntil, type ValidityContext } from './validity.js';

/** What a watcher of a transaction hears, as author_extrinsicUpdate spells it. */
export type TransactionStatus =
  | 'ready'
  | 'future'
  | 'invalid'
  | { readonly inBlock: string }
  | { readonly finalized: string }
  | { readonly usurped: string };

export type StatusListener = (status: TransactionStatus) => void;

interface Entry {
  readonly extrinsic: SignedExtrinsic;
  readonly arrival: number;
  /** First block that can no longer hold it. */
  readonly validUntil: number;
  readonly listeners: Set<StatusListener>;
  ready: boolean;
}

/** Transactions kept at most; more are refused, as a node's pool does. */
const LIMIT = 8192;

/** Transactions that wait for a block. Signatures are checked on entry, everything again when a block takes them. */
export class TransactionPool {
  readonly #metadata: ChainMetadata;
  readonly #byHash = new Map<string, Entry>();
  readonly #bySigner = new Map<Account, Map<number, Entry>>();
  /** In a block that is not final yet. */
  readonly #included = new Map<string, { readonly entry: Entry; readonly blockHash: string }>();
  #arrivals = 0;

  constructor(metadata: ChainMetadata) {
    this.#metadata = metadata;
  }

  get size(): number {
    return this.#byHash.size;
  }

  /**
   * Takes a transaction in and returns its hash. Throws an RpcError: 1002 undecodable, 1010 invalid, 1013 known,
   * 1014 a rival with the same nonce is there and tips as much, 1016 full.
   */
  submit(hex: string, context: ValidityContext, listener?: StatusListener): string {
    let extrinsic: SignedExtrinsic;
    try {
      extrinsic = decodeExtrinsic(hex, this.#metadata);
    } catch (error) {
      if (error instanceof UndecodableExtrinsic) throw undecodable(error.message);
      throw error;
    }
    const { hash, signer, nonce } = extrinsic;
    if (this.#byHash.has(hash)) throw alreadyImported(hash);
    const invalid = checkSignature(extrinsic, context) ?? checkTransaction(extrinsic, context);
    if (invalid !== undefined && invalid.reason !== 'future') throw invalidTransaction(invalid);
    const rival = this.#bySigner.get(signer)?.get(nonce);
    if (rival !== undefined && extrinsic.tip <= rival.extrinsic.tip) {
      throw priorityTooLow(extrinsic.tip, rival.extrinsic.tip);
    }
    if (rival === undefined && this.#byHash.size >= LIMIT) throw poolFull();
    if (rival !== undefined) this.#end(rival, { usurped: hash });
    this.#add({
      extrinsic,
      arrival: this.#arrivals++,
      validUntil: validUntil(extrinsic, context.block),
      listeners: new Set(listener === undefined ? [] : [listener]),
      ready: false,
    });
    this.#announce(signer, context.storage);
    return hash;
  }

  unwatch(hash: string, listener: StatusListener): void {
    const entry = this.#byHash.get(hash) ?? this.#included.get(hash)?.entry;
    entry?.listeners.delete(listener);
  }

  /** The nonce after the account's transactions that are ready (system_accountNextIndex). */
  nextNonce(signer: Account, storage: StorageReader): number {
    const own = this.#bySigner.get(signer);
    let nonce = storage.get(SystemItems.account, signer).nonce;
    while (own?.has(nonce) === true) nonce += 1;
    return nonce;
  }

  /** Everything that waits, for author_pendingExtrinsics. */
  pending(): string[] {
    return [...this.#byHash.values()].map(({ extrinsic }) => extrinsic.hex);
  }

  /**
   * Hands transactions to a block: higher tips first, then in order of arrival, every account's in the order of its
   * nonces. `include` carries one out, or says why it cannot be in this block or any.
   */
  takeReady(
    limit: number,
    block: number,
    include: (extrinsic: SignedExtrinsic) => 'included' | 'wait' | 'invalid',
  ): Entry[] {
    const included: Entry[] = [];
    const queues = new Map<Account, Entry[]>();
    for (const [signer, own] of this.#bySigner) {
      queues.set(
        signer,
        [...own.values()].sort((a, b) => a.extrinsic.nonce - b.extrinsic.nonce),
      );
    }
    while (included.length < limit) {
      const first = [...queues.values()].flatMap(([head]) => head ?? []).sort(byPriority)[0];
      if (first === undefined) break;
      const queue = queues.get(first.extrinsic.signer) ?? [];
      const outcome = block >= first.validUntil ? 'invalid' : include(first.extrinsic);
      queue.shift();
      // What follows a nonce that has to wait has to wait as well.
      if (outcome === 'wait' || queue.length === 0) queues.delete(first.extrinsic.signer);
      if (outcome === 'invalid') this.#end(first, 'invalid');
      if (outcome === 'included') included.push(first);
    }
    return included;
  }

  /** Forgets transactions that a block holds, and tells that they are in it. */
  included(entries: readonly Entry[], blockHash: string): void {
    for (const entry of entries) {
      this.#forget(entry);
      this.#included.set(entry.extrinsic.hash, { entry, blockHash });
      this.#tell(entry, { inBlock: blockHash });
    }
  }

  /** Tells of every transaction in the block that it is final. */
  finalized(blockHash: string): void {
    for (const [hash, inclusion] of this.#included) {
      if (inclusion.blockHash !== blockHash) continue;
      this.#included.delete(hash);
      this.#tell(inclusion.entry, { finalized: blockHash });
    }
  }

  #add(entry: Entry): void {
    const { hash, signer, nonce } = entry.extrinsic;
    this.#byHash.set(hash, entry);
    const own = this.#bySigner.get(signer) ?? new Map<number, Entry>();
    own.set(nonce, entry);
    this.#bySigner.set(signer, own);
  }

  /** Tells the account's new transactions, and those that waited for them, whether they are ready. */
  #announce(signer: Account, storage: StorageReader): void {
    const next = this.nextNonce(signer, storage);
    for (const entry of this.#bySigner.get(signer)?.values() ?? []) {
      const ready = entry.extrinsic.nonce < next;
      if (ready && !entry.ready) {
        entry.ready = true;
        this.#tell(entry, 'ready');
      } else if (!ready && entry.arrival === this.#arrivals - 1) {
        this.#tell(entry, 'future');
      }
    }
  }

  #tell(entry: Entry, status: TransactionStatus): void {
    for (const listener of entry.listeners) listener(status);
  }

  #end(entry: Entry, status: TransactionStatus): void {
    this.#forget(entry);
    this.#tell(entry, status);
  }

  #forget(entry: Entry): void {
    const { hash, signer, nonce } = entry.extrinsic;
    this.#byHash.delete(hash);
    const own = this.#bySigner.get(signer);
    // Another may have taken its place while the block that holds it was being written.
    if (own?.get(nonce) === entry) own.delete(nonce);
    if (own?.size === 0) this.#bySigner.delete(signer);
  }
}

export type PoolEntry = Entry;

function byPriority(a: Entry, b: Entry): number {
  if (a.extrinsic.tip !== b.extrinsic.tip) return a.extrinsic.tip > b.extrinsic.tip ? -1 : 1;
  return a.arrival - b.arrival;
}
