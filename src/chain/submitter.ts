import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { GenericExtrinsicEra } from '@polkadot/types';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import type { BlockState } from './block-state.js';
import type { ChainApi } from './chain-api.js';
import { Delivery, type Landing } from './delivery.js';
import type { HeadFollower } from './head-follower.js';
import { asHash, asNumber, asRecord } from './json-shape.js';
import { withRetryAfter } from './retry-after.js';
import type { RpcSocket } from './rpc-socket.js';
import type { FailedSubmission, SubmissionResult } from './submission.js';
import { type Flight, outcomeOf, type SubmissionJournal } from './submission-journal.js';
import { UnfinishedFlights } from './unfinished-flights.js';

type Call = SubmittableExtrinsic<'promise'>;
type Prepare = (head: BlockState) => Promise<{ call: Call } | { refused: FailedSubmission; netuid?: number }>;

/** Blocks that finality may be behind the head before eras start at the head. */
const MAX_FINALITY_LAG = 5;

/** Signs, sends and follows extrinsics: one at a time for each key, so that nonces never collide. */
export class Submitter {
  readonly #socket: RpcSocket;
  readonly #api: ChainApi;
  readonly #eraBlocks: number;
  readonly #log: Log;
  readonly #delivery: Delivery;
  readonly #unfinished: UnfinishedFlights;
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
    this.#api = o.api;
    this.#eraBlocks = o.eraBlocks;
    this.#log = o.log ?? silentLog;
    this.#delivery = new Delivery({ ...o, log: this.#log });
    this.#unfinished = new UnfinishedFlights();
  }

  /**
   * Writes every submission down from now on. What an earlier process left there without an outcome is looked for at
   * once, and before its key sends anything else.
   */
  keepJournal(journal: SubmissionJournal): void {
    this.#unfinished.keepIn(journal);
    for (const signer of new Set(journal.pending.map((flight) => flight.signer))) {
      void this.#inTurn(signer, () => this.#settle(signer)).catch((error: unknown) =>
        this.#log.warning(
          `An earlier submission of ${signer} is still to be looked for: ${messageOf(error)}`,
        ),
      );
    }
  }

  /**
   * Waits for the key's earlier submissions, then runs `prepare` at the head (last checks, or a refusal), sends the call and
   * follows it to its outcome. When the same call was sent before and its fate became known only now, that is the result.
   * @throws HealthTensorError CHAIN_UNREACHABLE, CHAIN_TIMEOUT, ... while nothing has been sent yet; the signal's reason
   * when aborted. Once sent, everything that can happen is a result.
   */
  submit(signer: KeyringPair, prepare: Prepare, signal?: AbortSignal): Promise<SubmissionResult> {
    return this.#inTurn(signer.address, async () => {
      signal?.throwIfAborted();
      await this.#settle(signer.address, signal);
      let head = await this.#api.head();
      for (;;) {
        const prepared = await prepare(head);
        if ('refused' in prepared)
          return await this.#withWait(prepared.refused, signer.address, prepared.netuid);
        const { call } = prepared;
        const earlier = this.#unfinished.takeResult(
          signer.address,
          call.method.hash.toHex(),
          head.block.number,
        );
        if (earlier !== undefined) return earlier;
        const result = await this.#sendAndFollow(signer, head, call, signal);
        const { specVersion } = head;
        // Signed for the runtime before an upgrade that happened meanwhile: once more, for the new one.
        if (!result.ok && result.kind === 'rejected' && result.name === 'BadProof') {
          head = await this.#api.head();
          if (head.specVersion !== specVersion) continue;
        }
        return result.ok ? result : await this.#withWait(result, signer.address, netuidOf(call));
      }
    });
  }

  /**
   * Waits until it is known what became of everything that the key has sent, also by an earlier process: what the chain
   * shows from then on has it all.
   * @throws HealthTensorError CHAIN_STALLED and outages; the signal's reason
   */
  settled(address: string, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(address, async () => {
      await this.#settle(address, signal);
      this.#unfinished.forgetResults(address);
    });
  }

  /** One after the other for a key; the next goes on, whatever became of this one. */
  #inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#queues.get(address) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => {},
      () => {},
    );
    this.#queues.set(address, settled);
    void settled.then(() => {
      if (this.#queues.get(address) === settled) this.#queues.delete(address);
    });
    return mine;
  }

  async #sendAndFollow(
    signer: KeyringPair,
    head: BlockState,
    call: Call,
    signal?: AbortSignal,
  ): Promise<SubmissionResult> {
    const { flight, extrinsic } = await this.#sign(signer, head, call);
    signal?.throwIfAborted();
    this.#log.debug(
      `Sending ${flight.call} of ${flight.signer}, nonce ${flight.nonce}, valid to block ${flight.until - 1}, ${flight.hash}`,
    );
    this.#unfinished.sent(flight);
    let rejected: FailedSubmission | undefined;
    try {
      rejected = await this.#delivery.launch(flight, extrinsic);
    } catch (error) {
      this.#unfinished.ended(flight, { outcome: 'not-sent', detail: messageOf(error) });
      throw error;
    }
    if (rejected !== undefined) {
      this.#nextNonce.delete(signer.address); // the chain may have gone back behind it
      this.#unfinished.ended(flight, outcomeOf(rejected));
      return rejected;
    }
    return this.#landed(flight, await this.#delivery.follow(flight, { extrinsic, signal }));
  }

  /** Finds out what became of everything that the key has under way without anybody waiting for it. */
  async #settle(address: string, signal?: AbortSignal): Promise<void> {
    for (const flight of this.#unfinished.of(address)) {
      if (flight.genesis !== this.#genesis) {
        this.#unfinished.ended(flight, { outcome: 'unknown', detail: 'it was for another chain' });
        continue;
      }
      this.#log.info(`Looking for what became of ${flight.call} of ${address} (nonce ${flight.nonce})`);
      const landing = await this.#delivery.follow(flight, { signal });
      const result = this.#landed(flight, landing);
      this.#log.info(
        result.ok
          ? `${flight.call} of ${address} is in block ${result.block}`
          : `${flight.call} of ${address}: ${result.kind}, ${result.name}: ${result.detail}`,
      );
      if (landing.final) this.#unfinished.remember(flight, result);
      else if (!landing.included && !result.ok) {
        throw new HealthTensorError(result.name, `An earlier submission is in the way: ${result.detail}`, {
          remedy: 'Wait until the chain goes on, or choose another node with --subtensor.chain_endpoint.',
        });
      }
    }
  }

  #landed(flight: Flight, { result, included, final }: Landing): SubmissionResult {
    if (included) this.#nextNonce.set(flight.signer, flight.nonce + 1);
    else this.#nextNonce.delete(flight.signer);
    if (final) this.#unfinished.ended(flight, outcomeOf(result));
    return result;
  }

  get #genesis(): string {
    return this.#api.now.genesisHash.toHex();
  }

  async #withWait(failure: FailedSubmission, hotkey: string, netuid?: number): Promise<FailedSubmission> {
    try {
      return await withRetryAfter(failure, await this.#api.head(), { netuid, hotkey });
    } catch (error) {
      this.#log.debug(`How long to wait cannot be read: ${messageOf(error)}`);
      return failure;
    }
  }

  /** With an era from the finalised head, which no fork can take away, unless finality lags too far behind. */
  async #sign(
    signer: KeyringPair,
    head: BlockState,
    call: Call,
  ): Promise<{ flight: Flight; extrinsic: string }> {
    const onChain = await head.call('accountNonceApi', 'accountNonce', signer.address);
    const nonce = Math.max(asNumber(onChain, 'an account nonce'), this.#nextNonce.get(signer.address) ?? 0);
    const hash = asHash(await this.#socket.request('chain_getFinalizedHead'), 'the finalised head');
    const header = asRecord(await this.#socket.request('chain_getHeader', [hash]), 'a header');
    const finalised = { number: asNumber(header['number'], 'a block number'), hash };
    const born = head.block.number - finalised.number > MAX_FINALITY_LAG ? head.block : finalised;
    const era = this.#api.now.registry.createTypeUnsafe<GenericExtrinsicEra>('ExtrinsicEra', [
      { current: born.number, period: this.#eraBlocks },
    ]);
    const signed = await call.signAsync(signer, { nonce, era, blockHash: born.hash });
    const flight = {
      call: `${call.method.section}.${call.method.method}`,
      signer: signer.address,
      nonce,
      hash: signed.hash.toHex(),
      callHash: call.method.hash.toHex(),
      after: head.block.number,
      until: era.asMortalEra.death(born.number),
      genesis: this.#genesis,
      spec: this.#api.now.runtimeVersion.specVersion.toNumber(),
    };
    return { flight, extrinsic: signed.toHex() };
  }
}

/** The subnet that a call is about, when it has an argument of that name. */
function netuidOf({ method }: Call): number | undefined {
  const index = method.meta.args.findIndex(({ name }) => name.toString() === 'netuid');
  const value = method.args[index]?.toJSON();
  return typeof value === 'number' ? value : undefined;
}
