import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { ISubmittableResult } from '@polkadot/types/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import {
  startLocalChain,
  type LocalChainOptions,
  type RunningChain,
} from '../../../src/localnet/chain/index.js';

/** A local chain without a timer, and an unmodified @polkadot/api that is connected to it. */
export interface Session {
  readonly chain: RunningChain;
  readonly provider: WsProvider;
  readonly api: ApiPromise;
  readonly keyring: Keyring;
  pair(uri: string): KeyringPair;
  /** Signs, sends, builds blocks until the outcome is final, and says what came of it. */
  send(tx: SubmittableExtrinsic<'promise'>, signer: KeyringPair, options?: object): Promise<Outcome>;
  build(count?: number): Promise<void>;
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
  const api = new ApiPromise({ provider, noInitWarn: true });
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
  return {
    chain,
    provider,
    api,
    keyring,
    pair: (uri) => keyring.addFromUri(uri),
    build,
    send: (tx, signer, options = {}) => send(api, build, tx, signer, options),
  };
}

async function send(
  api: ApiPromise,
  build: () => Promise<void>,
  tx: SubmittableExtrinsic<'promise'>,
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
