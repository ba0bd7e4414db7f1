import type { Variant } from '../codec/scale-codec.js';
import type { Account } from '../state/items.js';
import type { Storage, StorageReader } from '../state/storage.js';

export type EventPallet =
  'System' | 'Balances' | 'TransactionPayment' | 'SubtensorModule' | 'Commitments' | 'AdminUtils' | 'Drand';

/** What a call may read, write and tell while it runs. */
export interface CallContext {
  readonly storage: Storage;
  /** The block being built. */
  readonly block: number;
  readonly deposit: (pallet: EventPallet, event: string, value: unknown) => void;
}

/** What a transaction's checks may read before it is let into a block. */
export interface CheckContext {
  readonly storage: StorageReader;
  /** The block the transaction would be in. */
  readonly block: number;
}

/** One call of a pallet. Arguments are plain values by their Rust names, already decoded by the metadata's types. */
export interface Call<Arguments> {
  readonly class: 'Normal' | 'Operational';
  /** False: whoever signs pays no fee. */
  readonly pays: boolean;
  /** False when a list exceeds its bound, which the types of the metadata do not show. */
  wellFormed?(args: Arguments): boolean;
  /** The pool's own check: the code of a `Custom error`, or undefined when the transaction may enter. */
  check?(context: CheckContext, signer: Account, args: Arguments): number | undefined;
  /** Carries the call out; throws DispatchFailure. */
  dispatch(context: CallContext, signer: Account, args: Arguments): void;
}

/** A decoded call: `{ type: 'SubtensorModule', value: { type: 'set_weights', value: {...} } }`. */
export interface RuntimeCall {
  readonly pallet: string;
  readonly name: string;
  readonly args: unknown;
}

/** Flattens the decoded enum of enums. */
export function runtimeCall(decoded: Variant): RuntimeCall {
  const inner = decoded.value as Variant;
  return { pallet: decoded.type, name: inner.type, args: inner.value };
}
