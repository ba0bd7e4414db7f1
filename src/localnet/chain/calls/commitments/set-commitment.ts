import { CommitmentsItems, SubtensorItems, type CommitmentData } from '../../state/items.js';
import type { Call } from '../call.js';
import { DispatchFailure } from '../dispatch-error.js';
import { resetBonds } from './reset-bonds.js';
import { commitmentSpace, fieldBytes, spendSpace, timelockedField } from './space.js';
import { markTimelocked } from './timelocked-index.js';

interface SetCommitment {
  readonly netuid: number;
  readonly info: { readonly fields: readonly CommitmentData[] };
}

const MAX_FIELDS = 3;
const MAX_BIG_RAW = 512;
const MAX_ENCRYPTED = 1024;

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

/** Keeps a hotkey's latest commitment (pallet_commitments set_commitment). There are no deposits on subtensor. */
export const setCommitment: Call<SetCommitment> = {
  class: 'Normal',
  pays: false,
  wellFormed: withinBounds,
  dispatch({ storage, block, deposit }, who, { netuid, info }) {
    if (storage.get(SubtensorItems.uids, netuid, who) === undefined) {
      throw new DispatchFailure({ pallet: 'Commitments', name: 'AccountNotAllowedCommit' });
    }
    if (info.fields.some(({ type }) => type === 'ResetBondsFlag')) {
      storage.set(CommitmentsItems.lastBondsReset, [netuid, who], block);
      resetBonds(storage, netuid, who);
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
    const timelocked = info.fields.flatMap((field) => timelockedField(field) ?? [])[0];
    if (timelocked === undefined) {
      deposit('Commitments', 'Commitment', { netuid, who });
    } else {
      const { reveal_round } = timelocked;
      deposit('Commitments', 'TimelockCommitment', { netuid, who, reveal_round });
    }
    markTimelocked(storage, netuid, who, timelocked !== undefined);
  },
};

/** Only root may, and nobody signs for root here. */
export const setMaxSpace: Call<unknown> = {
  class: 'Normal',
  pays: true,
  dispatch() {
    throw new DispatchFailure({ other: 'BadOrigin' });
  },
};
