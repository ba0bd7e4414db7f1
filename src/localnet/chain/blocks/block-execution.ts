import { u8aConcat, u8aToHex } from '@polkadot/util';
import type { CallContext, EventPallet } from '../calls/call.js';
import { burnBalance } from '../calls/accounts.js';
import { callRules } from '../calls/call-table.js';
import { DispatchFailure, type DispatchErrorName } from '../calls/dispatch-error.js';
import { revealCommitments } from '../calls/commitments/reveal-commitments.js';
import { storePulses } from '../calls/drand/write-pulse.js';
import { blockStep } from '../calls/subtensor/block-step.js';
import { ByteWriter } from '../codec/bytes.js';
import { PALLETS } from '../metadata/build-metadata.js';
import { SystemItems, TimestampItems, type Pulse } from '../state/items.js';
import { Overlay } from '../state/overlay.js';
import { Storage, type StorageCodec } from '../state/storage.js';
import type { RawReader } from '../state/versioned-store.js';
import type { SignedExtrinsic } from '../transactions/extrinsic.js';
import { transactionCost } from '../transactions/fees.js';
import { checkTransaction } from '../transactions/validity.js';

/** System.BlockHash keeps the hashes of this many blocks (constant BlockHashCount). */
const BLOCK_HASH_COUNT = 2400;
/** What every call is said to weigh; this chain does not measure. */
export const CALL_WEIGHT = { ref_time: 100_000_000n, proof_size: 0n };

/** The key of the worker that brings pulses; it signs nothing here. */
const WORKER = { type: 'Sr25519', value: `0x${'00'.repeat(32)}` };

type DispatchClass = 'Normal' | 'Operational' | 'Mandatory';

/** Carries out one block: on-initialize, the timestamp, then transactions one by one, each undone when it fails. */
export class BlockExecution {
  readonly number: number;
  readonly overlay: Overlay;
  readonly extrinsics: string[] = [];
  readonly #codec: StorageCodec;
  readonly #storage: Storage;
  readonly #records: unknown[] = [];
  readonly #onFault: (extrinsic: SignedExtrinsic, error: unknown) => void;

  constructor(
    codec: StorageCodec,
    parent: RawReader,
    options: {
      number: number;
      parentHash: string;
      onFault?: (extrinsic: SignedExtrinsic, error: unknown) => void;
    },
  ) {
    this.#onFault = options.onFault ?? (() => undefined);
    this.#codec = codec;
    this.number = options.number;
    this.overlay = new Overlay(parent);
    this.#storage = new Storage(codec, this.overlay);
    const { number, parentHash } = options;
    this.#storage.set(SystemItems.number, [], number);
    this.#storage.set(SystemItems.parentHash, [], parentHash);
    this.#storage.set(SystemItems.blockHash, [number - 1], parentHash);
    if (number > BLOCK_HASH_COUNT) this.#storage.remove(SystemItems.blockHash, number - BLOCK_HASH_COUNT - 1);
  }

  /** The state within the block: what a transaction would meet now. */
  get storage(): Storage {
    return this.#storage;
  }

  /** Runs what subnets do at the start of a block, then sets the time in ms since 1970. */
  begin(netuids: readonly number[], now: bigint): void {
    const context = this.#context(this.#storage, this.#records);
    blockStep(context, netuids);
    revealCommitments(context);
    this.#storage.set(TimestampItems.now, [], now);
    this.extrinsics.push(this.#unsigned('Timestamp', 'set', { now }));
    this.#succeed('Mandatory', true);
  }

  /** Adds a pulse of drand as the extrinsic without a signature that a node's worker would send. */
  includePulse(pulse: Pulse): void {
    const pulses_payload = { block_number: this.number, pulses: [pulse], public: WORKER };
    this.extrinsics.push(this.#unsigned('Drand', 'write_pulse', { pulses_payload, signature: undefined }));
    const events: unknown[] = [];
    const attempt = new Overlay(this.overlay);
    try {
      storePulses(this.#context(new Storage(this.#codec, attempt), events), [pulse]);
      this.overlay.absorb(attempt);
      this.#records.push(...events);
      this.#succeed('Normal', true);
    } catch (error) {
      if (!(error instanceof DispatchFailure)) throw error;
      this.#fail(error.error, 'Normal', true);
    }
  }

  /** Carries out a transaction, unless it cannot be in this block. */
  include(extrinsic: SignedExtrinsic): 'included' | 'wait' | 'invalid' {
    const invalid = checkTransaction(extrinsic, { storage: this.#storage, block: this.number });
    if (invalid !== undefined) return invalid.reason === 'future' ? 'wait' : 'invalid';
    const rules = callRules(extrinsic.call);
    if (rules === undefined) return 'invalid';
    this.extrinsics.push(extrinsic.hex);
    this.#payAndCount(extrinsic, rules.pays);
    const attempt = new Overlay(this.overlay);
    const events: unknown[] = [];
    try {
      rules.dispatch(
        this.#context(new Storage(this.#codec, attempt), events),
        extrinsic.signer,
        extrinsic.call.args,
      );
      this.overlay.absorb(attempt);
      this.#records.push(...events);
      this.#feePaid(extrinsic, rules.pays);
      this.#succeed(rules.class, rules.pays);
    } catch (error) {
      const failure = error instanceof DispatchFailure ? error.error : ({ other: 'Other' } as const);
      // A fault of ours must not stop the chain: the call is undone and says Other, the log says what it was.
      if (!(error instanceof DispatchFailure)) this.#onFault(extrinsic, error);
      this.#feePaid(extrinsic, rules.pays);
      this.#fail(failure, rules.class, rules.pays);
    }
    return 'included';
  }

  /** Writes the block's events; nothing may follow. */
  finish(): void {
    this.#storage.set(SystemItems.events, [], this.#records);
    this.#storage.set(SystemItems.eventCount, [], this.#records.length);
  }

  #payAndCount(extrinsic: SignedExtrinsic, pays: boolean): void {
    const { signer, tip } = extrinsic;
    // The nonce first: a fee that empties the account may reap it.
    const account = this.#storage.get(SystemItems.account, signer);
    this.#storage.set(SystemItems.account, [signer], { ...account, nonce: account.nonce + 1 });
    burnBalance(this.#context(this.#storage, this.#records), signer, transactionCost(pays, tip));
  }

  #feePaid({ signer, tip }: SignedExtrinsic, pays: boolean): void {
    const actual_fee = transactionCost(pays, tip);
    if (actual_fee > 0n)
      this.#deposit('TransactionPayment', 'TransactionFeePaid', { who: signer, actual_fee, tip });
  }

  #context(storage: Storage, records: unknown[]): CallContext {
    const phase = this.#phase();
    return {
      storage,
      block: this.number,
      deposit: (pallet, event, value) => records.push(eventRecord(phase, pallet, event, value)),
    };
  }

  #deposit(pallet: EventPallet, event: string, value: unknown): void {
    this.#records.push(eventRecord(this.#phase(), pallet, event, value));
  }

  #succeed(dispatchClass: DispatchClass, pays: boolean): void {
    this.#deposit('System', 'ExtrinsicSuccess', { dispatch_info: dispatchInfo(dispatchClass, pays) });
  }

  #fail(error: DispatchErrorName, dispatchClass: DispatchClass, pays: boolean): void {
    this.#deposit('System', 'ExtrinsicFailed', {
      dispatch_error: dispatchError(error),
      dispatch_info: dispatchInfo(dispatchClass, pays),
    });
  }

  /** Events belong to the extrinsic that was added last; before the first one, to the start of the block. */
  #phase(): { type: string; value?: number } {
    const index = this.extrinsics.length - 1;
    return index < 0 ? { type: 'Initialization' } : { type: 'ApplyExtrinsic', value: index };
  }

  /** An extrinsic that nobody signed: version 4, then the call. */
  #unsigned(pallet: string, name: string, args: unknown): string {
    const { codec, typeId } = this.#codec.metadata;
    const call = codec.encode(typeId('RuntimeCall'), { type: pallet, value: { type: name, value: args } });
    const prefix = new ByteWriter();
    prefix.compact(BigInt(call.length + 1));
    return u8aToHex(u8aConcat(prefix.bytes(), [0x04], call));
  }
}

function dispatchInfo(dispatchClass: DispatchClass, pays: boolean): unknown {
  return { weight: CALL_WEIGHT, class: { type: dispatchClass }, pays_fee: { type: pays ? 'Yes' : 'No' } };
}

function eventRecord(phase: unknown, pallet: EventPallet, event: string, value: unknown): unknown {
  return { phase, event: { type: pallet, value: { type: event, value } }, topics: [] };
}

/** A named error as the runtime's DispatchError, with the indices of the metadata. */
function dispatchError(error: DispatchErrorName): unknown {
  if ('token' in error) return { type: 'Token', value: { type: error.token } };
  if ('other' in error) return { type: error.other };
  const pallet = PALLETS.find(({ name }) => name === error.pallet);
  const index = pallet?.errors?.indexOf(error.name) ?? -1;
  if (pallet === undefined || index < 0) throw new Error(`${error.pallet} has no error ${error.name}`);
  const code = u8aToHex(Uint8Array.of(index, 0, 0, 0));
  return { type: 'Module', value: { index: pallet.index, error: code } };
}
