import { blake2AsHex } from '@polkadot/util-crypto';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import type { BlockId } from './block-state.js';
import type { HeadFollower } from './head-follower.js';
import { asArray, asHash, asHex, asNumber, asRecord } from './json-shape.js';
import { isOutage } from './rpc-errors.js';
import type { RpcSocket } from './rpc-socket.js';

export interface Inclusion {
  readonly block: BlockId;
  /** Position of the extrinsic in the block. */
  readonly index: number;
}

/**
 * Looks for an extrinsic in every block after `after` and before `until`, on the branch that is best at the
 * time, and resolves with undefined when that range is over without it. Outages are waited out: what a subscription
 * of the author API would lose with the socket is found here.
 * @throws HealthTensorError CHAIN_STALLED, CHAIN_BAD_ANSWER, CHAIN_REFUSED; the signal's reason when aborted.
 */
export async function findInclusion(
  socket: RpcSocket,
  heads: HeadFollower,
  o: {
    /** blake2-256 of its bytes, 0x hex. */
    hash: string;
    after: number;
    until: number;
    log?: Log;
    signal?: AbortSignal;
    /** Called after each fruitless look, for instance to send the bytes again. */
    onMiss?: () => Promise<void>;
  },
): Promise<Inclusion | undefined> {
  const log = o.log ?? silentLog;
  const seen = new Set<string>();
  let next = o.after + 1;
  for (;;) {
    const head = await heads.reach(next, o.signal);
    try {
      const last = head >= o.until ? await hashOf(socket, o.until - 1) : undefined;
      const { found, head: searched } = await searchBack(socket, last, o, seen);
      if (found !== undefined) return found;
      // Not `head`: behind a load balancer the node that was searched may lag the one that announced it.
      if (last !== undefined || searched >= o.until) return undefined;
      await o.onMiss?.();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.debug(`Looking for an extrinsic: ${messageOf(error)}`);
    }
    next = head + 1;
  }
}

async function hashOf(socket: RpcSocket, block: number): Promise<string | undefined> {
  const hash = await socket.request('chain_getBlockHash', [block]);
  return hash === null ? undefined : asHash(hash, 'a block hash');
}

/**
 * From `top`, else the head, back to what was searched before: a branch that was abandoned does not hide its successor's
 * blocks.
 */
async function searchBack(
  socket: RpcSocket,
  top: string | undefined,
  o: { hash: string; after: number; signal?: AbortSignal },
  seen: Set<string>,
): Promise<{ found?: Inclusion; head: number }> {
  let hash = top ?? asHash(await socket.request('chain_getBlockHash'), 'the head');
  let head: number | undefined;
  const walked: string[] = [];
  for (let above = Infinity; !seen.has(hash);) {
    o.signal?.throwIfAborted();
    const answer = asRecord(await socket.request('chain_getBlock', [hash]), 'a block');
    const block = asRecord(answer['block'], 'a block');
    const header = asRecord(block['header'], 'a header');
    const number = asNumber(header['number'], 'a block number');
    head ??= number;
    // A chain whose numbers do not fall would be walked for ever.
    if (number >= above)
      throw new HealthTensorError(
        'CHAIN_BAD_ANSWER',
        `The node gives block ${number} as the parent of block ${above}`,
      );
    above = number;
    if (number <= o.after) break;
    const extrinsics = asArray(block['extrinsics'], 'extrinsics');
    const index = extrinsics.findIndex((each) => blake2AsHex(asHex(each, 'an extrinsic')) === o.hash);
    if (index >= 0) return { found: { block: { number, hash }, index }, head };
    walked.push(hash);
    hash = asHash(header['parentHash'], 'a parent hash');
  }
  // Only now: a walk that an outage ends half-way has not seen what lies below it.
  for (const each of walked) seen.add(each);
  return { head: head ?? o.after };
}
