import type { PalletDescription } from '../pallet-description.js';

/** The errors of AdminUtils in the order of their indices (spec 424). */
export const ADMIN_UTILS_ERRORS = [
  'SubnetDoesNotExist',
  'MaxValidatorsLargerThanMaxUIds',
  'MaxAllowedUIdsLessThanCurrentUIds',
  'BondsMovingAverageMaxReached',
  'NegativeSigmoidSteepness',
  'ValueNotInBounds',
  'MinAllowedUidsGreaterThanCurrentUids',
  'MinAllowedUidsGreaterThanMaxAllowedUids',
  'MaxAllowedUidsLessThanMinAllowedUids',
  'MaxAllowedUidsGreaterThanDefaultMaxAllowedUids',
  'InvalidValue',
  'NotPermittedOnRootSubnet',
  'POWRegistrationDisabled',
  'Deprecated',
] as const;

export type AdminUtilsError = (typeof ADMIN_UTILS_ERRORS)[number];

/** Setters of hyperparameters: those of a subnet's owner, and some that only root may call. */
export const ADMIN_UTILS: PalletDescription = {
  name: 'AdminUtils',
  index: 19,
  module: 'pallet_admin_utils::pallet',
  parameters: ['T'],
  storage: {},
  calls: {
    sudo_set_serving_rate_limit: [3, 'netuid: NetUid, serving_rate_limit: u64'],
    sudo_set_weights_version_key: [6, 'netuid: NetUid, weights_version_key: u64'],
    sudo_set_weights_set_rate_limit: [7, 'netuid: NetUid, weights_set_rate_limit: u64'],
    sudo_set_immunity_period: [13, 'netuid: NetUid, immunity_period: u16'],
    sudo_set_min_allowed_weights: [14, 'netuid: NetUid, min_allowed_weights: u16'],
    sudo_set_max_allowed_uids: [15, 'netuid: NetUid, max_allowed_uids: u16'],
    sudo_set_kappa: [16, 'netuid: NetUid, kappa: u16'],
    sudo_set_rho: [17, 'netuid: NetUid, rho: u16'],
    sudo_set_network_registration_allowed: [19, 'netuid: NetUid, registration_allowed: bool'],
    sudo_set_min_burn: [22, 'netuid: NetUid, min_burn: TaoBalance'],
    sudo_set_max_burn: [23, 'netuid: NetUid, max_burn: TaoBalance'],
    sudo_set_max_allowed_validators: [25, 'netuid: NetUid, max_allowed_validators: u16'],
    sudo_set_bonds_moving_average: [26, 'netuid: NetUid, bonds_moving_average: u64'],
    sudo_set_tempo: [30, 'netuid: NetUid, tempo: u16'],
    sudo_set_stake_threshold: [42, 'min_stake: u64'],
    sudo_set_commit_reveal_weights_enabled: [49, 'netuid: NetUid, enabled: bool'],
    sudo_set_commit_reveal_weights_interval: [57, 'netuid: NetUid, interval: u64'],
    sudo_set_bonds_penalty: [60, 'netuid: NetUid, bonds_penalty: u16'],
    sudo_set_yuma3_enabled: [69, 'netuid: NetUid, enabled: bool'],
    sudo_set_commit_reveal_version: [71, 'version: u16'],
    sudo_set_owner_immune_neuron_limit: [72, 'netuid: NetUid, immune_neurons: u16'],
    sudo_set_admin_freeze_window: [74, 'window: u16'],
    sudo_set_min_non_immune_uids: [84, 'netuid: NetUid, min: u16'],
    sudo_set_burn_half_life: [89, 'netuid: NetUid, burn_half_life: u16'],
  },
  events: {
    Yuma3EnableToggled: [1, 'netuid: NetUid, enabled: bool'],
    BurnHalfLifeSet: [3, 'netuid: NetUid, burn_half_life: u16'],
  },
  errors: ADMIN_UTILS_ERRORS,
};
