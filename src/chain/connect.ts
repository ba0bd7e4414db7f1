import { cryptoWaitReady } from '@polkadot/util-crypto';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { ChainApi } from './chain-api.js';
import { Chain } from './chain.js';
import { expectedGenesisOf, hideKeysIn } from './endpoints.js';
import { GenesisCheck } from './genesis.js';
import { HeadFollower } from './head-follower.js';
import { RpcSocket, type RpcSocketOptions } from './rpc-socket.js';

export interface ConnectOptions {
  /**
   * `ws://` or `wss://` addresses of nodes of one chain (see endpointOf); the first that works is used, the next when
   * it fails.
   */
  endpoints: readonly string[];
  /** Block 0 of the chain that is meant, 0x hex. Default: that of the public network whose entrance is among the endpoints. */
  expectedGenesis?: string | undefined;
  log?: Log;
  signal?: AbortSignal;
  /** For connecting, and for each request. Default 30 s. */
  timeoutMs?: number;
  /** A connection without a new block for so long is made anew, at the next endpoint. Default 120 s, ten blocks of finney. */
  stallMs?: number;
  /** Called after twice that time, and again after each further one, with CHAIN_STALLED; see Chain.watch. */
  onStandstill?: (error: HealthTensorError, connected: boolean) => void;
  /** File for Chain.keepJournal. */
  journal?: string;
  /** For how many blocks a submission may be included: a power of two from 4. Default 32. */
  eraBlocks?: number;
  /** For the jitter of retries: a number in [0, 1). Default Math.random. */
  random?: () => number;
}

/** For the first look at endpoints that are only held in reserve. */
const SPARE_TIMEOUT_MS = 10_000;

/**
 * Connects to a subtensor node. All endpoints that answer must be of the same chain.
 * @throws HealthTensorError CHAIN_UNREACHABLE (no node), NOT_SUBTENSOR or WRONG_CHAIN (another chain), CHAIN_RATE_LIMITED,
 * CHAIN_TIMEOUT; the signal's reason when aborted.
 */
export async function connectChain(o: ConnectOptions): Promise<Chain> {
  const endpoints = [...new Set(o.endpoints)];
  if (endpoints.length === 0) {
    throw new HealthTensorError('CHAIN_UNREACHABLE', 'There is no endpoint to connect to', {
      remedy: 'Give one with --subtensor.chain_endpoint.',
    });
  }
  endpoints.forEach(hideKeysIn);
  await cryptoWaitReady();
  const log = o.log ?? silentLog;
  const timeoutMs = o.timeoutMs ?? 30_000;
  const { greet } = new GenesisCheck(o.expectedGenesis ?? expectedGenesisOf(endpoints));
  const options: RpcSocketOptions = {
    endpoints,
    log,
    connectTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
    greet,
    ...(o.random && { random: o.random }),
  };
  const socket = await RpcSocket.open(options, o.signal);
  const abort = () => void socket.close();
  o.signal?.addEventListener('abort', abort, { once: true });
  const heads = new HeadFollower(socket, { ...o, stallMs: o.stallMs ?? 120_000, log });
  try {
    const [api] = await Promise.all([ChainApi.open(socket, log), checkSpares(socket, options, o.signal)]);
    await heads.start();
    o.signal?.throwIfAborted();
    const chain = new Chain({ socket, heads, api, eraBlocks: o.eraBlocks ?? 32, log });
    if (o.journal !== undefined) chain.keepJournal(o.journal);
    return chain;
  } catch (error) {
    heads.stop();
    await socket.close();
    o.signal?.throwIfAborted();
    throw error;
  } finally {
    o.signal?.removeEventListener('abort', abort);
  }
}

/** A mistake in the list shall be seen now, not on the day when the first endpoint fails. */
async function checkSpares(socket: RpcSocket, o: RpcSocketOptions, signal?: AbortSignal): Promise<void> {
  const timeoutMs = Math.min(SPARE_TIMEOUT_MS, o.connectTimeoutMs);
  const spares = o.endpoints.filter((endpoint) => endpoint !== socket.endpoint);
  const look = async (endpoint: string) => {
    try {
      const limits = { connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
      await (await RpcSocket.open({ ...o, ...limits, endpoints: [endpoint] }, signal)).close();
    } catch (error) {
      if (error instanceof HealthTensorError && ['WRONG_CHAIN', 'NOT_SUBTENSOR'].includes(error.code))
        throw error;
      o.log?.warning(`A spare endpoint does not work now: ${messageOf(error)}`);
    }
  };
  const looks = await Promise.allSettled(spares.map(look));
  for (const one of looks) if (one.status === 'rejected') throw one.reason;
}
