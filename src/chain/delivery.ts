import { HealthTensorError, messageOf } from '../common/errors.js';
import type { Log } from '../common/log.js';
import type { ChainApi } from './chain-api.js';
import { dispatchFailure } from './dispatch-outcome.js';
import type { HeadFollower } from './head-follower.js';
import { findInclusion, type Inclusion } from './inclusion.js';
import { poolRejection } from './pool-errors.js';
import { isOutage, RpcError } from './rpc-errors.js';
import type { RpcSocket } from './rpc-socket.js';
import { type FailedSubmission, refusal, type SubmissionResult } from './submission.js';
import type { Flight } from './submission-journal.js';

/** How often the outcome of an included extrinsic is asked for. */
const MAX_ASKS = 5;

/** Errors of a node that answers, but not with the block. */
const GONE = ['CHAIN_BAD_ANSWER', 'CHAIN_REFUSED'];

export interface Landing {
  readonly result: SubmissionResult;
  /** It is in a block: its nonce is used. */
  readonly included: boolean;
  /** False when looking again may tell more. */
  readonly final: boolean;
}

/** Brings signed extrinsics to the chain and finds out what becomes of them, over as many connections as it takes. */
export class Delivery {
  readonly #socket: RpcSocket;
  readonly #heads: HeadFollower;
  readonly #api: ChainApi;
  readonly #log: Log;
  /** The connection over which the node last said that it has the bytes, by their hash. */
  readonly #deliveredOn = new Map<string, number>();

  constructor(o: { socket: RpcSocket; heads: HeadFollower; api: ChainApi; log: Log }) {
    this.#socket = o.socket;
    this.#heads = o.heads;
    this.#api = o.api;
    this.#log = o.log;
  }

  /**
   * Sends an extrinsic for the first time; the pool's refusal, or undefined when it is on its way or may be.
   * @throws HealthTensorError CHAIN_UNREACHABLE, when nothing was sent; what the node answers out of order
   */
  async launch(flight: Flight, extrinsic: string): Promise<FailedSubmission | undefined> {
    try {
      return await this.#deliver(flight, extrinsic);
    } catch (error) {
      // Nothing was sent: the caller may simply try again. Otherwise the node may or may not have it.
      if (!isOutage(error) || (error as HealthTensorError).code === 'CHAIN_UNREACHABLE') throw error;
      this.#log.debug(`${flight.call}: ${messageOf(error)}; looking whether it arrived`);
      return undefined;
    }
  }

  /**
   * Looks for an extrinsic until it is in a block or its era is over. When its bytes are given, a connection that has not
   * brought them yet gets them again: the node may never have got them, or have restarted and lost them.
   * @throws the signal's reason when aborted
   */
  async follow(
    flight: Flight,
    { extrinsic, signal }: { extrinsic?: string; signal?: AbortSignal | undefined },
  ): Promise<Landing> {
    const { call, hash, after, until } = flight;
    let found: Inclusion | undefined;
    try {
      found = await findInclusion(this.#socket, this.#heads, {
        hash,
        after,
        until,
        log: this.#log,
        ...(signal && { signal }),
        // Refusals ("already imported", "outdated" when a block has it) say nothing new here.
        onMiss: async () => {
          if (extrinsic === undefined || this.#deliveredOn.get(hash) === this.#socket.generation) return;
          await this.#deliver(flight, extrinsic);
        },
      });
    } catch (error) {
      if (!(error instanceof HealthTensorError) || signal?.aborted) throw error;
      const detail = `${call} was sent, its fate is unknown: ${error.message}`;
      const result = refusal('timed-out', error.code, detail, true);
      // A node that has its blocks no longer will not have them later.
      const final = GONE.includes(error.code) && this.#heads.head >= until;
      return { result, included: false, final };
    } finally {
      this.#deliveredOn.delete(hash);
    }
    if (found === undefined) {
      const detail = `${call} was in no block of its era, from ${after + 1} up to ${until - 1}`;
      return { result: refusal('timed-out', 'EraEnded', detail), included: false, final: true };
    }
    return this.#outcome(found, flight, signal);
  }

  async #deliver({ hash }: Flight, extrinsic: string): Promise<FailedSubmission | undefined> {
    const { generation } = this.#socket;
    try {
      await this.#socket.request('author_submitExtrinsic', [extrinsic]);
      this.#deliveredOn.set(hash, generation);
      return undefined;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#deliveredOn.set(hash, generation);
      const rejected = poolRejection(error);
      // An ed25519 key signs the same call to the same bytes: a retry within the era may find them in the pool.
      return rejected.name === 'AlreadyImported' ? undefined : rejected;
    }
  }

  async #outcome(
    { block, index }: Inclusion,
    { call, hash }: Flight,
    signal?: AbortSignal,
  ): Promise<Landing> {
    const where = { block: block.number, blockHash: block.hash };
    try {
      const events = await this.#patiently(async () => (await this.#api.at(block.hash)).events(), signal);
      const failure = dispatchFailure(events, index);
      const result = failure
        ? { ...failure, ...where }
        : { ok: true as const, ...where, extrinsicHash: hash };
      return { result, included: true, final: true };
    } catch (error) {
      signal?.throwIfAborted();
      const detail = `${call} is in block ${block.number}, its outcome cannot be read: ${messageOf(error)}`;
      const name = error instanceof HealthTensorError ? error.code : 'OutcomeUnknown';
      const result = { ...refusal('timed-out', name, detail, true), ...where };
      return { result, included: true, final: !isOutage(error) };
    }
  }

  /** Asks again at the next head when there is an outage, a few times. */
  async #patiently<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let asks = 1; ; asks++) {
      try {
        return await ask();
      } catch (error) {
        if (!isOutage(error) || asks === MAX_ASKS) throw error;
        await this.#heads.reach(this.#heads.head + 1, signal);
      }
    }
  }
}
