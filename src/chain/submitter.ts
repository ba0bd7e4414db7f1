import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { GenericExtrinsicEra } from '@polkadot/types';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import type { BlockId, BlockState } from './block-state.js';
import type { ChainApi } from './chain-api.js';
import { dispatchFailure } from './dispatch-outcome.js';
import type { HeadFollower } from './head-follower.js';
import { findInclusion, type Inclusion } from './inclusion.js';
import { asHash, asNumber, asRecord } from './json-shape.js';
import { poolRejection } from './pool-errors.js';
import { isOutage, RpcError } from './rpc-errors.js';
import type { RpcSocket } from './rpc-socket.js';
import { type FailedSubmission, refusal, type SubmissionResult } from './submission.js';

type Call = SubmittableExtrinsic<'promise'>;

/** How often the outcome of an included extrinsic is asked for. */
const MAX_ASKS = 5;
/** Blocks that finality may be behind the head before eras start at the head. */
const MAX_FINALITY_LAG = 5;

/** Signs, sends and follows extrinsics: one at a time for each key, so that nonces never collide. */
export class Submitter {
  readonly #socket: RpcSocket;
  readonly #heads: HeadFollower;
  readonly #api: ChainApi;
  readonly #eraBlocks: number;
  readonly #log: Log;
  readonly #queues = new Map<string, Promise<unknown>>();
  /** The nonce after the last one of ours that reached a block, by address. */
  readonly #nextNonce = new Map<string, number>();

  constructor(o: {
    socket: RpcSocket;
    heads: HeadFollower;
    api: ChainApi;
    /** For how many blocks an extrinsic is valid: a power of two, 4 to 4096. */
    eraBlocks: number;
    log?: Log;
  }) {
    this.#socket = o.socket;
    this.#heads = o.heads;
    this.#api = o.api;
    this.#eraBlocks = o.eraBlocks;
    this.#log = o.log ?? silentLog;
  }

  /**
   * Waits for the key's earlier submissions, then runs `prepare` at the head (last checks, or a refusal), sends the call and
   * follows it to its outcome.
   * @throws HealthTensorError CHAIN_UNREACHABLE, CHAIN_TIMEOUT, ... while nothing has been sent yet; the signal's reason
   * when aborted. Once sent, everything that can happen is a result.
   */
  submit(
    signer: KeyringPair,
    prepare: (head: BlockState) => Promise<{ call: Call } | { refused: FailedSubmission }>,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    const before = this.#queues.get(signer.address) ?? Promise.resolve();
    const mine = before.then(async () => {
      signal?.throwIfAborted();
      const head = await this.#api.head();
      const prepared = await prepare(head);
      return 'refused' in prepared
        ? prepared.refused
        : this.#sendAndFollow(signer, head, prepared.call, signal);
    });
    const settled = mine.catch(() => {}); // the next in the queue goes on, whatever became of this one
    this.#queues.set(signer.address, settled);
    void settled.then(() => {
      if (this.#queues.get(signer.address) === settled) this.#queues.delete(signer.address);
    });
    return mine;
  }

  async #sendAndFollow(
    signer: KeyringPair,
    head: BlockState,
    call: Call,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    const nonce = await this.#nonce(signer, head);
    const { born, era } = await this.#era(head);
    signal?.throwIfAborted();
    const signed = await call.signAsync(signer, { nonce, era, blockHash: born.hash });
    const extrinsic = signed.toHex();
    const extrinsicHash = signed.hash.toHex();
    const name = `${call.method.section}.${call.method.method}`;
    this.#log.debug(`Sending ${name} of ${signer.address}, nonce ${nonce}, ${extrinsicHash}`);

    let deliveredOn: number | undefined; // the connection over which the node last said that it has the bytes
    const deliver = async (): Promise<FailedSubmission | undefined> => {
      const { generation } = this.#socket;
      try {
        await this.#socket.request('author_submitExtrinsic', [extrinsic]);
        deliveredOn = generation;
        return undefined;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        deliveredOn = generation;
        const rejected = poolRejection(error);
        // An ed25519 key signs the same call to the same bytes: a retry within the era may find them in the pool.
        return rejected.name === 'AlreadyImported' ? undefined : rejected;
      }
    };
    try {
      const rejected = await deliver();
      if (rejected !== undefined) {
        this.#nextNonce.delete(signer.address); // the chain may have gone back behind it
        return rejected;
      }
    } catch (error) {
      // Nothing was sent: the caller may simply try again. Otherwise the node may or may not have it.
      if (!isOutage(error) || (error as HealthTensorError).code === 'CHAIN_UNREACHABLE') throw error;
      this.#log.debug(`${name}: ${messageOf(error)}; looking whether it arrived`);
    }

    let found: Inclusion | undefined;
    try {
      found = await findInclusion(this.#socket, this.#heads, {
        extrinsic,
        after: head.block.number,
        until: era.asMortalEra.death(born.number),
        log: this.#log,
        ...(signal && { signal }),
        // The same bytes again over a new connection: the node may never have got them, or have restarted and lost
        // them. Its refusals ("already imported", "outdated" when a block has them) say nothing new here.
        onMiss: async () => {
          if (deliveredOn !== this.#socket.generation) await deliver();
        },
      });
    } catch (error) {
      if (!(error instanceof HealthTensorError) || signal?.aborted) throw error;
      return refusal(
        'timed-out',
        error.code,
        `${name} was sent, its fate is unknown: ${error.message}`,
        true,
      );
    }
    if (found === undefined) {
      this.#nextNonce.delete(signer.address);
      const detail = `${name} was in no block of its era (${this.#eraBlocks} blocks from ${born.number})`;
      return refusal('timed-out', 'EraEnded', detail, true);
    }
    this.#nextNonce.set(signer.address, nonce + 1);
    return this.#outcome(found, name, extrinsicHash, signal);
  }

  async #outcome(
    { block, index }: Inclusion,
    name: string,
    extrinsicHash: string,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    try {
      const events = await this.#patiently(async () => (await this.#api.at(block.hash)).events(), signal);
      const failure = dispatchFailure(events, index);
      if (failure !== undefined) return failure;
    } catch (error) {
      const detail = `${name} is in block ${block.number}, its outcome cannot be read: ${messageOf(error)}`;
      return refusal(
        'timed-out',
        error instanceof HealthTensorError ? error.code : 'OutcomeUnknown',
        detail,
        true,
      );
    }
    return { ok: true, block: block.number, blockHash: block.hash, extrinsicHash };
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

  /** An era from the finalised head, which no fork can take away, unless finality lags too far behind. */
  async #era(head: BlockState): Promise<{ born: BlockId; era: GenericExtrinsicEra }> {
    const hash = asHash(await this.#socket.request('chain_getFinalizedHead'), 'the finalised head');
    const header = asRecord(await this.#socket.request('chain_getHeader', [hash]), 'a header');
    const finalised = { number: asNumber(header['number'], 'a block number'), hash };
    const born = head.block.number - finalised.number > MAX_FINALITY_LAG ? head.block : finalised;
    const era = this.#api.now.registry.createTypeUnsafe<GenericExtrinsicEra>('ExtrinsicEra', [
      { current: born.number, period: this.#eraBlocks },
    ]);
    return { born, era };
  }

  async #nonce(signer: KeyringPair, head: BlockState): Promise<number> {
    const onChain = await head.call('accountNonceApi', 'accountNonce', signer.address);
    return Math.max(asNumber(onChain, 'an account nonce'), this.#nextNonce.get(signer.address) ?? 0);
  }
}
