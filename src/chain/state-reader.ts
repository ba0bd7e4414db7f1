import type { Codec } from '@polkadot/types-codec/types';
import { HealthTensorError } from '../common/errors.js';
import { asArray, asHash, asHex, asNumber, asRecord } from './json-shape.js';
import type { RpcSocket } from './rpc-socket.js';
import type { Runtime, StorageItem } from './runtime.js';

export interface BlockId {
  readonly number: number;
  readonly hash: string;
}

/** Which item of a pallet, and for which keys. Names are camelCase, as polkadot.js spells them. */
export type StorageQuery = readonly [pallet: string, item: string, ...args: unknown[]];

const PAGE = 512;
/** More than a subnet can have of anything; a node that keeps on sending is stopped. */
const MAX_ENTRIES = 65_536;

/** The head of the best chain, number and hash of one and the same block. */
export async function headBlock(socket: RpcSocket): Promise<BlockId> {
  const hash = asHash(await socket.request('chain_getBlockHash'), 'the head');
  return { number: await blockNumberOf(socket, hash), hash };
}

export async function blockNumberOf(socket: RpcSocket, hash: string): Promise<number> {
  const header = asRecord(await socket.request('chain_getHeader', [hash]), 'a header');
  return asNumber(header['number'], 'a block number');
}

/** Reads the state at one block: what is read through one reader belongs together. */
export class StateReader {
  readonly block: BlockId;
  readonly runtime: Runtime;
  readonly #socket: RpcSocket;

  constructor(socket: RpcSocket, runtime: Runtime, block: BlockId) {
    this.#socket = socket;
    this.runtime = runtime;
    this.block = block;
  }

  /**
   * All of the queries in one request. A value is what is stored, or the chain's default; undefined when the item is
   * optional and empty, or unknown to this runtime.
   */
  async values(queries: readonly StorageQuery[]): Promise<(Codec | undefined)[]> {
    const wanted = queries.map(([pallet, name, ...args]) => {
      const item = this.runtime.storage(pallet, name);
      return item && { item, key: item.key(args) };
    });
    const raw = await this.#rawValues(wanted.flatMap((each) => each?.key ?? []));
    return wanted.map((each) => {
      const bytes = each && (raw.get(each.key) ?? each.item.fallback);
      return bytes === undefined
        ? undefined
        : this.#decode(each as { item: StorageItem; key: string }, bytes);
    });
  }

  /** One value; see `values`. */
  async value(...query: StorageQuery): Promise<Codec | undefined> {
    return (await this.values([query]))[0];
  }

  /** Every entry under the first keys, undecoded: its other keys as the caller decodes them, and the bytes as 0x hex. */
  async rawEntries(
    ...[pallet, name, ...args]: StorageQuery
  ): Promise<{ item: StorageItem; key: string; value: string }[]> {
    const item = this.runtime.storage(pallet, name);
    if (item === undefined) return [];
    const prefix = item.prefix(args);
    const entries: { item: StorageItem; key: string; value: string }[] = [];
    let last: string | null = null;
    for (;;) {
      const page: unknown = await this.#socket.request('state_getKeysPaged', [
        prefix,
        PAGE,
        last,
        this.block.hash,
      ]);
      const keys = asArray(page, 'storage keys').map((key) => asHex(key, 'a storage key'));
      const values = await this.#rawValues(keys);
      for (const key of keys) {
        const value = values.get(key);
        if (value !== undefined && key.startsWith(prefix)) entries.push({ item, key, value });
      }
      if (keys.length < PAGE || entries.length > MAX_ENTRIES) return entries;
      last = keys.at(-1) ?? null;
    }
  }

  /** Calls a runtime API; undefined when this runtime does not describe it. */
  async callMethod(api: string, name: string, args: readonly unknown[]): Promise<Codec | undefined> {
    const method = this.runtime.method(api, name);
    if (method === undefined) return undefined;
    const answer = await this.#socket.request('state_call', [
      method.name,
      method.encode(args),
      this.block.hash,
    ]);
    return method.decode(asHex(answer, method.name));
  }

  async #rawValues(keys: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    if (keys.length === 0) return found;
    const answer = await this.#socket.request('state_queryStorageAt', [keys, this.block.hash]);
    for (const set of asArray(answer, 'storage values')) {
      for (const change of asArray(asRecord(set, 'a change set')['changes'], 'changes')) {
        const [key, value] = asArray(change, 'a change');
        if (value !== null) found.set(asHex(key, 'a storage key'), asHex(value, 'a storage value'));
      }
    }
    return found;
  }

  #decode({ item, key }: { item: StorageItem; key: string }, bytes: string): Codec {
    try {
      return item.decode(bytes);
    } catch (cause) {
      throw new HealthTensorError('CHAIN_BAD_ANSWER', `The value of storage key ${key} cannot be decoded`, {
        remedy: 'Check that the endpoint is a subtensor node, or use another one.',
        cause,
      });
    }
  }
}
