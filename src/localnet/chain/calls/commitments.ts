import { hexToU8a } from '@polkadot/util';
import { CommitmentsItems, SubtensorItems, type CommitmentData } from '../state/items.js';
import type { Call } from './call.js';
import { DispatchFailure } from './dispatch-error.js';

interface SetCommitment {
  readonly netuid: number;
  readonly info: { readonly fields: readonly CommitmentData[] };
}

const MAX_FIELDS = 3;
const MAX_BIG_RAW = 512;
const MAX_ENCRYPTED = 1024;
/** A commitment counts as at least this many bytes against the budget of an epoch. */
const MIN_SPACE = 100;

/** Bytes that one field counts for (pallets/commitments/src/types.rs, len_for_rate_limit). */
function fieldBytes(field: CommitmentData): number {
  if (field.type === 'None' || field.type === 'ResetBondsFlag') return 0;
  const value =
    field.type === 'TimelockEncrypted' ? (field.value as { encrypted: string }).encrypted : field.value;
  return hexToU8a(String(value)).length;
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

/** Whether every list keeps to its bound; beyond it the runtime cannot even decode the call. */
function withinBounds({ info }: SetCommitment): boolean {
  return (
    info.fields.length <= MAX_FIELDS &&
    info.fields.every(
      (field) =>
        (field.type !== 'BigRaw' || fieldBytes(field) <= MAX_BIG_RAW) &&
        (field.type !== 'TimelockEncrypted' || fieldBytes(field) <= MAX_ENCRYPTED),
    )
  );
}

/** Timelocked fields are stored, never revealed: this chain knows no drand pulses. */
export const setCommitment: Call<SetCommitment> = {
  class: 'Operational',
  pays: false,
  wellFormed: withinBounds,
  dispatch({ storage, block, deposit }, who, { netuid, info }) {
    if (storage.get(SubtensorItems.uids, netuid, who) === undefined) {
      throw new DispatchFailure({ pallet: 'Commitments', name: 'AccountNotAllowedCommit' });
    }
    const used = spendSpace({
      used: storage.get(CommitmentsItems.usedSpaceOf, netuid, who),
      epoch: storage.get(SubtensorItems.subnetEpochIndex, netuid),
      space: commitmentSpace(info.fields),
      maxSpace: storage.get(CommitmentsItems.maxSpace),
    });
    if (used === undefined) throw new DispatchFailure({ pallet: 'Commitments', name: 'SpaceLimitExceeded' });
    storage.set(CommitmentsItems.usedSpaceOf, [netuid, who], used);
    storage.set(CommitmentsItems.commitmentOf, [netuid, who], { deposit: 0n, block, info });
    storage.set(CommitmentsItems.lastCommitment, [netuid, who], block);
    const timelocked = info.fields.find((field) => field.type === 'TimelockEncrypted');
    if (timelocked === undefined) {
      deposit('Commitments', 'Commitment', { netuid, who });
    } else {
      const { reveal_round } = timelocked.value as { reveal_round: bigint };
      deposit('Commitments', 'TimelockCommitment', { netuid, who, reveal_round });
    }
  },
};
