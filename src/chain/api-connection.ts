import { ApiPromise } from '@polkadot/api';
import type { ProviderInterface } from '@polkadot/rpc-provider/types';
import { rpcDefinitions } from '@polkadot/types';
import { HealthTensorError } from '../common/errors.js';
import { isOutage, RpcError } from './rpc-errors.js';
import type { RpcSocket } from './rpc-socket.js';

/** Every RPC method as the API knows it, but an error of it is thrown only, not written to the console as well. */
const QUIET_RPC = Object.fromEntries(
  Object.entries(rpcDefinitions).map(([section, methods]) => [
    section,
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [name, { ...method, noErrorLog: true }]),
    ),
  ]),
);

/**
 * An API for the runtime that the node runs now: metadata, types, calls and storage.
 * @throws HealthTensorError NOT_SUBTENSOR when the chain is another; outages
 */
export async function connectApi(socket: RpcSocket): Promise<ApiPromise> {
  let connecting = true;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const send = (method: string, params: unknown[]): Promise<unknown> => {
    const answer = socket.request(method, params);
    // The API prints what ends its start and loses the cause: it is told nothing, and waits in vain for the answer.
    // Refused runtime calls are its own business: it has another way to the metadata.
    return connecting
      ? answer.catch((error: Error) => {
          if (!isOutage(error) && method === 'state_call') throw error;
          fail(error);
          return new Promise(() => {});
        })
      : answer;
  };
  try {
    const api = await Promise.race([
      new ApiPromise({ provider: providerOf(send), rpc: QUIET_RPC, noInitWarn: true }).isReadyOrError,
      failed,
    ]);
    connecting = false;
    if (api.tx['subtensorModule'] !== undefined) return api;
    const name = JSON.stringify(api.runtimeVersion.specName.toString());
    throw notSubtensor(socket.endpoint, `its runtime is ${name} without SubtensorModule`);
  } catch (error) {
    if (error instanceof HealthTensorError && !(error instanceof RpcError)) throw error;
    throw notSubtensor(socket.endpoint, 'it does not answer as a Substrate node does', error);
  }
}

/**
 * What the API asks questions through. It is given no subscriptions: its own one, to the runtime's version, would throw
 * an uncaught exception when an outage and an upgrade meet, and print; ChainApi follows upgrades instead, HeadFollower heads.
 */
function providerOf(send: (method: string, params: unknown[]) => Promise<unknown>): ProviderInterface {
  const none = () => Promise.reject(new Error('This connection has no subscriptions'));
  const done = () => Promise.resolve();
  const provider: ProviderInterface = {
    hasSubscriptions: false,
    isClonable: false,
    isConnected: true,
    clone: () => provider,
    connect: done,
    disconnect: done,
    on: () => () => {},
    send: send as ProviderInterface['send'],
    subscribe: none,
    unsubscribe: none,
  };
  return provider;
}

function notSubtensor(endpoint: string, reason: string, cause?: unknown): HealthTensorError {
  return new HealthTensorError('NOT_SUBTENSOR', `The chain at ${endpoint} is no subtensor: ${reason}`, {
    remedy: 'Check --subtensor.network and --subtensor.chain_endpoint.',
    cause,
  });
}
