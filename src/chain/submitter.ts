import type { KeyringPair } from '@polkadot/keyring/types';
import type { GenericCall, GenericExtrinsicEra } from '@polkadot/types';
import type { Vec } from '@polkadot/types-codec';
import type { EventRecord } from '@polkadot/types/interfaces';
import { blake2AsHex } from '@polkadot/util-crypto';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { dispatchFailure } from './dispatch-outcome.js';
import type { HeadFollower } from './head-follower.js';
import { findInclusion, type Inclusion } from './inclusion.js';
import { asHash, asNumber } from './json-shape.js';
import { poolRejection } from './pool-errors.js';
import { RpcError } from './rpc-errors.js';
import { isOutage, type RpcSocket } from './rpc-socket.js';
import type { Runtime } from './runtime.js';
import { type BlockId, blockNumberOf, headBlock, StateReader } from './state-reader.js';
import { type FailedSubmission, refusal, type SubmissionResult } from './submission.js';

/** Further behind than this, finality is stuck and the era begins at the best block instead. */
const MAX_FINALITY_LAG = 8;

/** Signs, sends and follows extrinsics: one at a time for each key, so that nonces never collide. */
export class Submitter {
  readonly #socket: RpcSocket;
  readonly #heads: HeadFollower;
  readonly #runtime: () => Runtime;
  readonly #genesisHash: string;
  readonly #eraBlocks: number;
  readonly #log: Log;
  readonly #queues = new Map<string, Promise<unknown>>();
  /** The nonce after the last one of ours that reached a block, by address. */
  readonly #nextNonce = new Map<string, number>();

  constructor(o: {
    socket: RpcSocket;
    heads: HeadFollower;
    /** The runtime of the moment; it changes when the chain upgrades. */
    runtime: () => Runtime;
    genesisHash: string;
    /** For how many blocks an extrinsic is valid: a power of two, 4 to 4096. */
    eraBlocks: number;
    log?: Log;
  }) {
    this.#socket = o.socket;
    this.#heads = o.heads;
    this.#runtime = o.runtime;
    this.#genesisHash = o.genesisHash;
    this.#eraBlocks = o.eraBlocks;
    this.#log = o.log ?? silentLog;
  }

  /**
   * Waits for the key's earlier submissions, then runs `prepare` (last checks, or a refusal), sends the call and
   * follows it to its outcome.
   * @throws HealthTensorError CHAIN_UNREACHABLE, CHAIN_TIMEOUT, ... while nothing has been sent yet; the signal's reason
   * when aborted. Once sent, everything that can happen is a result.
   */
  submit(
    signer: KeyringPair,
    prepare: () => Promise<{ call: GenericCall } | { refused: FailedSubmission }>,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    const before = this.#queues.get(signer.address) ?? Promise.resolve();
    const mine = before.then(async () => {
      signal?.throwIfAborted();
      const prepared = await prepare();
      return 'refused' in prepared ? prepared.refused : this.#sendAndFollow(signer, prepared.call, signal);
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
    call: GenericCall,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    const runtime = this.#runtime();
    const birth = await this.#eraBirth();
    const after = await headBlock(this.#socket);
    const nonce = await this.#nonce(signer, after);
    signal?.throwIfAborted();
    const era = runtime.registry.createTypeUnsafe<GenericExtrinsicEra>('ExtrinsicEra', [
      { current: birth.number, period: this.#eraBlocks },
    ]);
    const signed = runtime.extrinsic(call).sign(signer, {
      ...runtime.signatureVersion(),
      era,
      blockHash: birth.hash,
      genesisHash: this.#genesisHash,
      nonce,
    });
    const extrinsic = signed.toHex();
    const extrinsicHash = blake2AsHex(signed.toU8a(), 256);
    const name = `${call.section}.${call.method}`;
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
        return poolRejection(error);
      }
    };
    try {
      const rejected = await deliver();
      if (rejected !== undefined) {
        if (rejected.name === 'Stale') this.#nextNonce.delete(signer.address);
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
        after: after.number,
        until: era.asMortalEra.death(birth.number),
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
      const detail = `${name} was in no block of its era (${this.#eraBlocks} blocks from ${birth.number})`;
      return refusal('timed-out', 'EraEnded', detail, true);
    }
    this.#nextNonce.set(signer.address, nonce + 1);
    return this.#outcome(found, name, extrinsicHash);
  }

  async #outcome(
    { block, index }: Inclusion,
    name: string,
    extrinsicHash: string,
  ): Promise<SubmissionResult> {
    try {
      const runtime = this.#runtime();
      const reader = new StateReader(this.#socket, runtime, block);
      const events = await this.#patiently(() => reader.value('system', 'events'));
      const failure = dispatchFailure(runtime, events as Vec<EventRecord>, index);
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

  /** Asks again at each new head while there is an outage. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isOutage(error)) throw error;
        await this.#heads.reach(this.#heads.head + 1);
      }
    }
  }

  /** The finalised head, which no fork can take away, unless finality lags too far behind. */
  async #eraBirth(): Promise<BlockId> {
    const best = await headBlock(this.#socket);
    const hash = asHash(await this.#socket.request('chain_getFinalizedHead'), 'the finalised head');
    const number = await blockNumberOf(this.#socket, hash);
    return best.number - number > MAX_FINALITY_LAG ? best : { number, hash };
  }

  async #nonce(signer: KeyringPair, at: BlockId): Promise<number> {
    const key = `0x${Buffer.from(signer.addressRaw).toString('hex')}`;
    const answer = await this.#socket.request('state_call', ['AccountNonceApi_account_nonce', key, at.hash]);
    const bytes = typeof answer === 'string' ? Buffer.from(answer.slice(2), 'hex') : Buffer.alloc(0);
    // A plain u32 (index) in SCALE is little-endian.
    const onChain = asNumber(bytes.length >= 4 ? bytes.readUInt32LE(0) : undefined, 'an account nonce');
    return Math.max(onChain, this.#nextNonce.get(signer.address) ?? 0);
  }
}
