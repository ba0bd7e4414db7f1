import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

/** How long a connection, a transaction or a block may take: blocks come every 12 seconds at the most. */
const PATIENCE_MS = 90_000;
const RAO_PER_TAO = 1e9;

export const toRao = (tao) => BigInt(Math.round(tao * RAO_PER_TAO));

export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** A call that the chain carried out and that failed, or that its pool refused. */
export class CallFailed extends Error {
  constructor(call, name) {
    super(`${call} failed: ${name}`);
    this.errorName = name;
  }
}

function withDeadline(promise, what) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} took over ${PATIENCE_MS / 1000} seconds`)),
      PATIENCE_MS,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Connects to the chain; fails at once when nobody listens there. */
export async function connect(url) {
  await cryptoWaitReady();
  const provider = new WsProvider(url, false);
  const api = new ApiPromise({ provider, noInitWarn: true });
  try {
    await withDeadline(
      new Promise((resolve, reject) => {
        provider.on('error', () =>
          reject(new Error(`Nothing answers at ${url}: start the chain first, or set LOCAL_SUBTENSOR_URL`)),
        );
        provider.connect().catch(reject);
        api.isReadyOrError.then(resolve, reject);
      }),
      `Connecting to ${url}`,
    );
  } catch (error) {
    await api.disconnect().catch(() => undefined);
    throw error;
  }
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  return {
    api,
    key: (secret) => keyring.addFromUri(secret),
    send: (call, signer) =>
      withDeadline(send(api, call, signer), `${call.method.section}.${call.method.method}`),
    nextBlock: () => withDeadline(nextBlock(api), 'The next block'),
    close: () => api.disconnect(),
  };
}

/** Sends a call and waits until a block holds it; throws CallFailed with the chain's name for what went wrong. */
async function send(api, call, signer) {
  const name = `${call.method.section}.${call.method.method}`;
  let stop;
  try {
    return await new Promise((resolve, reject) => {
      // Immortal: by default it would be valid for some dozens of blocks, which with fast ones are a few seconds.
      call
        .signAndSend(signer, { nonce: -1, era: 0 }, ({ status, dispatchError, events, isError }) => {
          if (dispatchError !== undefined) reject(new CallFailed(name, nameOf(api, dispatchError)));
          else if (isError) reject(new CallFailed(name, status.type));
          else if (status.isInBlock) resolve(events.map(({ event }) => event));
        })
        .then(
          (unsubscribe) => (stop = unsubscribe),
          (error) => reject(new CallFailed(name, messageOf(error))),
        );
    });
  } finally {
    stop?.();
  }
}

function nameOf(api, error) {
  return error.isModule ? api.registry.findMetaError(error.asModule).name : error.toString();
}

async function nextBlock(api) {
  const before = (await api.rpc.chain.getHeader()).number.toNumber();
  let stop;
  try {
    return await new Promise((resolve, reject) => {
      api.rpc.chain
        .subscribeNewHeads(({ number }) => {
          if (number.toNumber() > before) resolve(number.toNumber());
        })
        .then((unsubscribe) => (stop = unsubscribe), reject);
    });
  } finally {
    stop?.();
  }
}
