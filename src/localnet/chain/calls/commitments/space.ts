import { hexToU8a } from '@polkadot/util';
import type { CommitmentData } from '../../state/items.js';

/** A commitment counts as at least this many bytes against the budget of an epoch. */
const MIN_SPACE = 100;

/** A `TimelockEncrypted` field's value. */
export interface Timelocked {
  readonly encrypted: string;
  readonly reveal_round: bigint;
}

/** The ciphertext and the round of a timelocked field; undefined for every other field. */
export function timelockedField(field: CommitmentData): Timelocked | undefined {
  return field.type === 'TimelockEncrypted' ? (field.value as Timelocked) : undefined;
}

/** Bytes that one field counts for (pallets/commitments/src/types.rs, len_for_rate_limit). */
export function fieldBytes(field: CommitmentData): number {
  if (field.type === 'None' || field.type === 'ResetBondsFlag') return 0;
  return hexToU8a(timelockedField(field)?.encrypted ?? String(field.value)).length;
}

/** Bytes a commitment takes of the epoch's budget. */
export function commitmentSpace(fields: readonly CommitmentData[]): number {
  return Math.max(
    MIN_SPACE,
    fields.reduce((sum, field) => sum + fieldBytes(field), 0),
  );
}

/** The budget after a commitment, or undefined when it no longer fits. A new epoch starts with an empty one. */
export function spendSpace(facts: {
  used: { last_epoch: bigint; used_space: bigint } | undefined;
  epoch: bigint;
  space: number;
  maxSpace: number;
}): { last_epoch: bigint; used_space: bigint } | undefined {
  const before = facts.used?.last_epoch === facts.epoch ? facts.used.used_space : 0n;
  const after = before + BigInt(facts.space);
  return after > BigInt(facts.maxSpace) ? undefined : { last_epoch: facts.epoch, used_space: after };
}
