import { map, optionalMap } from '../pallet-description.js';
import type { VariantTable } from '../type-table.js';

const COMMIT = 'BoundedVec<u8, ConstU32<MAX_CRV3_COMMIT_SIZE_BYTES>>';
const REVEAL = 'uids: Vec<u16>, values: Vec<u16>, salt: Vec<u16>, version_key: u64';

/** SubtensorModule's part that holds weights back: storage, calls and events. */
export const COMMIT_REVEAL_STORAGE = {
  WeightCommits: optionalMap(
    'Twox64Concat NetUidStorageIndex, Twox64Concat T::AccountId',
    'Vec<(H256, u64, u64, u64)>',
  ),
  TimelockedWeightCommits: map(
    'Twox64Concat NetUidStorageIndex, Twox64Concat u64',
    'Vec<(T::AccountId, u64, BoundedVec<u8>, u64)>',
  ),
};

export const COMMIT_REVEAL_CALLS: VariantTable = {
  commit_weights: [96, 'netuid: NetUid, commit_hash: H256'],
  reveal_weights: [97, `netuid: NetUid, ${REVEAL}`],
  commit_timelocked_weights: [
    113,
    `netuid: NetUid, commit: ${COMMIT}, reveal_round: u64, commit_reveal_version: u16`,
  ],
  commit_mechanism_weights: [115, 'netuid: NetUid, mecid: MechId, commit_hash: H256'],
  reveal_mechanism_weights: [116, `netuid: NetUid, mecid: MechId, ${REVEAL}`],
  commit_crv3_mechanism_weights: [117, `netuid: NetUid, mecid: MechId, commit: ${COMMIT}, reveal_round: u64`],
  commit_timelocked_mechanism_weights: [
    118,
    `netuid: NetUid, mecid: MechId, commit: ${COMMIT}, reveal_round: u64, commit_reveal_version: u16`,
  ],
};

export const COMMIT_REVEAL_EVENTS: VariantTable = {
  WeightsCommitted: [85, 'T::AccountId, NetUidStorageIndex, H256'],
  WeightsRevealed: [86, 'T::AccountId, NetUidStorageIndex, H256'],
  TimelockedWeightsCommitted: [107, 'T::AccountId, NetUidStorageIndex, H256, u64'],
  TimelockedWeightsRevealed: [108, 'NetUidStorageIndex, T::AccountId'],
};
