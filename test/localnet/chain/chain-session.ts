import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import type { QueryableStorageEntry, SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { ProviderInterface } from '@polkadot/rpc-provider/types';
import type { AccountInfo } from '@polkadot/types/interfaces';
import type { AnyTuple, Codec, ISubmittableResult } from '@polkadot/types/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import {
  startLocalChain,
  type LocalChainOptions,
  type RunningChain,
} from '../../../src/localnet/chain/index.js';

type Transaction = SubmittableExtrinsic<'promise'>;

/**
 * A local chain without a timer, and an unmodified @polkadot/api that is connected to it. Calls and storage items are
 * named `section.method`, as in the api's own decoration.
 */
export interface Session {
  readonly chain: RunningChain;
  readonly provider: WsProvider;
  readonly api: ApiPromise;
  readonly keyring: Keyring;
  readonly pair: (uri: string) => KeyringPair;
  readonly tx: (call: string, ...args: unknown[]) => Transaction;
  readonly query: (item: string, ...args: unknown[]) => Promise<Codec>;
  /** The same at a past block. */
  readonly queryAt: (hash: string, item: string, ...args: unknown[]) => Promise<Codec>;
  /** A runtime call. */
  readonly call: (method: string, ...args: unknown[]) => Promise<Codec>;
  /** The storage item itself: its entries, keys, subscriptions. */
  readonly storage: (item: string) => QueryableStorageEntry<'promise', AnyTuple>;
  /** Free balance in rao, now or at a past block. */
  readonly free: (address: string, hash?: string) => Promise<bigint>;
  readonly nonce: (address: string) => Promise<number>;
  /** Signs, sends, builds blocks until the outcome is final, and says what came of it. */
  readonly send: (tx: Transaction, signer: KeyringPair, options?: object) => Promise<Outcome>;
  readonly build: (count?: number) => Promise<void>;
}

export interface Outcome {
  /** `section.name` of the error, undefined for success. */
  readonly error: string | undefined;
  /** `section.method` of each event of the extrinsic. */
  readonly events: string[];
  readonly statuses: string[];
  readonly block: number;
  readonly blockHash: string;
}

export async function connect(provider: WsProvider): Promise<ApiPromise> {
  await cryptoWaitReady();
  const api = new ApiPromise({ provider: provider as ProviderInterface, noInitWarn: true });
  await provider.connect();
  await api.isReadyOrError;
  return api;
}

/** Runs `body` with a fresh chain and client; both are closed afterwards. */
export async function withSession<T>(
  options: Partial<LocalChainOptions>,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  const chain = await startLocalChain({ port: 0, blockMs: 0, ...options });
  try {
    const provider = new WsProvider(chain.url, false);
    const api = await connect(provider);
    try {
      return await body(session(chain, provider, api));
    } finally {
      await api.disconnect();
    }
  } finally {
    await chain.close();
  }
}

function session(chain: RunningChain, provider: WsProvider, api: ApiPromise): Session {
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const build = async (count = 1): Promise<void> => {
    for (let i = 0; i < count; i += 1) await chain.buildBlock();
  };
  const item = (at: Pick<ApiPromise, 'query'>, name: string) =>
    decorated(at.query, name) as QueryableStorageEntry<'promise', AnyTuple>;
  const account = async (address: string, hash?: string): Promise<AccountInfo> => {
    const at = hash === undefined ? api : await api.at(hash);
    return (await item(at as Pick<ApiPromise, 'query'>, 'system.account')(address)) as AccountInfo;
  };
  return {
    chain,
    provider,
    api,
    keyring,
    build,
    pair: (uri) => keyring.addFromUri(uri),
    tx: (call, ...args) => (decorated(api.tx, call) as (...args: unknown[]) => Transaction)(...args),
    query: (name, ...args) => item(api, name)(...args),
    queryAt: async (hash, name, ...args) =>
      item((await api.at(hash)) as Pick<ApiPromise, 'query'>, name)(...args),
    call: (method, ...args) =>
      (decorated(api.call, method) as (...args: unknown[]) => Promise<Codec>)(...args),
    storage: (name) => item(api, name),
    free: async (address, hash) => (await account(address, hash)).data.free.toBigInt(),
    nonce: async (address) => (await account(address)).nonce.toNumber(),
    send: (tx, signer, options = {}) => send(api, build, tx, signer, options),
  };
}

/** `section.method` of the api's decoration, which is made at run time. */
function decorated(sections: object, name: string): unknown {
  const [section = '', method = ''] = name.split('.');
  const found = (sections as Record<string, Record<string, unknown> | undefined>)[section]?.[method];
  if (found === undefined) throw new Error(`The api has no ${name}`);
  return found;
}

async function send(
  api: ApiPromise,
  build: () => Promise<void>,
  tx: Transaction,
  signer: KeyringPair,
  options: object,
): Promise<Outcome> {
  const statuses: string[] = [];
  let stop: (() => void) | undefined;
  try {
    const result = await new Promise<ISubmittableResult>((resolve, reject) => {
      tx.signAndSend(signer, options, (update) => {
        statuses.push(update.status.type);
        // The next block is built only when this step was heard: the client then sees every one of them.
        if (update.status.isReady || update.status.isInBlock) build().catch(reject);
        if (update.status.isFinalized || update.isError) resolve(update);
      }).then((unsubscribe) => (stop = unsubscribe), reject);
    });
    return outcome(api, result, statuses);
  } finally {
    stop?.();
  }
}

function outcome(api: ApiPromise, result: ISubmittableResult, statuses: string[]): Outcome {
  const { dispatchError, status } = result;
  let error = dispatchError?.toString();
  if (dispatchError?.isModule === true) {
    const { section, name } = api.registry.findMetaError(dispatchError.asModule);
    error = `${section}.${name}`;
  }
  const blockNumber = (result as { blockNumber?: { toNumber(): number } }).blockNumber;
  return {
    error,
    events: result.events.map(({ event }) => `${event.section}.${event.method}`),
    statuses,
    block: blockNumber?.toNumber() ?? -1,
    blockHash: status.isFinalized ? status.asFinalized.toHex() : '',
  };
}

/** The message of what a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it was accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
