import { cryptoWaitReady } from '@polkadot/util-crypto';
import { type Log, silentLog } from '../common/log.js';
import { ChainApi } from './chain-api.js';
import { Chain } from './chain.js';
import { hideKeysIn } from './endpoints.js';
import { HeadFollower } from './head-follower.js';
import { RpcSocket } from './rpc-socket.js';

export interface ConnectOptions {
  /** `ws://` or `wss://` address; see endpointOf. */
  endpoint: string;
  log?: Log;
  signal?: AbortSignal;
  /** For connecting, and for each request. Default 30 s. */
  timeoutMs?: number;
  /** Waiting fails when no new block was seen for so long. Default 120 s, ten blocks of finney. */
  stallMs?: number;
  /** For how many blocks a submission may be included: a power of two from 4. Default 32. */
  eraBlocks?: number;
}

/**
 * Connects to a subtensor node.
 * @throws HealthTensorError CHAIN_UNREACHABLE (no node), NOT_SUBTENSOR (another chain), CHAIN_TIMEOUT; the signal's
 * reason when aborted.
 */
export async function connectChain(o: ConnectOptions): Promise<Chain> {
  hideKeysIn(o.endpoint);
  await cryptoWaitReady();
  const log = o.log ?? silentLog;
  const timeoutMs = o.timeoutMs ?? 30_000;
  const socket = await RpcSocket.open(
    { endpoint: o.endpoint, log, connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs },
    o.signal,
  );
  const abort = () => void socket.close();
  o.signal?.addEventListener('abort', abort, { once: true });
  try {
    const api = await ChainApi.open(socket, log);
    const heads = new HeadFollower(socket, { stallMs: o.stallMs ?? 120_000, log });
    await heads.start();
    o.signal?.throwIfAborted();
    return new Chain({ socket, heads, api, eraBlocks: o.eraBlocks ?? 32, log });
  } catch (error) {
    await socket.close();
    o.signal?.throwIfAborted();
    throw error;
  } finally {
    o.signal?.removeEventListener('abort', abort);
  }
}
