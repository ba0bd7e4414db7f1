import { BalancesItems, SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import { freeBalance, setFreeBalance } from '../accounts.js';
import type { Call, CallContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { NOBODY } from './ownership.js';
import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';

export const ROOT_NETUID = 0;
/** Smallest stake in rao (constant InitialMinStake). */
const MIN_STAKE_RAO = 2_000_000n;
const U64 = 1n << 64n;

/** A hotkey's stake on a subnet, in rao: its alpha there, its TAO on root, and alpha + TAO x TaoWeight. */
export interface Stake {
  readonly alpha: bigint;
  readonly tao: bigint;
  readonly total: bigint;
}

export function stakeOf(storage: StorageReader, hotkey: Account, netuid: number): Stake {
  const alpha = storage.get(SubtensorItems.totalHotkeyAlpha, hotkey, netuid);
  const tao = storage.get(SubtensorItems.totalHotkeyAlpha, hotkey, ROOT_NETUID);
  // TaoWeight is a share of 2^64.
  return { alpha, tao, total: alpha + (tao * storage.get(SubtensorItems.taoWeight)) / U64 };
}

export interface AddStake {
  readonly hotkey: Account;
  readonly netuid: number;
  readonly amount_staked: bigint;
}

/** Why staking cannot be, in the order of subtensor's do_add_stake and validate_add_stake. */
export function addStakeError(facts: {
  /** Largest amount that the pool takes, in rao; undefined when there is no limit. */
  poolLimit: bigint | undefined;
  subnetExists: boolean;
  subtokenEnabled: boolean;
  amount: bigint;
  free: bigint;
  hotkeyExists: boolean;
}): SubtensorError | undefined {
  if (facts.poolLimit !== undefined && facts.amount > facts.poolLimit) return 'InsufficientLiquidity';
  if (!facts.subnetExists) return 'SubnetNotExists';
  if (!facts.subtokenEnabled) return 'SubtokenDisabled';
  if (facts.amount < MIN_STAKE_RAO) return 'AmountTooLow';
  if (facts.free < facts.amount) return 'NotEnoughBalanceToStake';
  if (!facts.hotkeyExists) return 'HotKeyAccountNotExists';
  return undefined;
}

/** A pool with a price takes at most a thousand times the TAO it holds. */
function poolLimit(storage: StorageReader, netuid: number): bigint | undefined {
  const priced = netuid !== ROOT_NETUID && storage.get(SubtensorItems.subnetMechanism, netuid) === 1;
  return priced ? storage.get(SubtensorItems.subnetTao, netuid) * 1_000n : undefined;
}

/** Moves TAO from the coldkey into alpha of the hotkey, one for one: the pool of a subnet without a market. */
export const addStake: Call<AddStake> = {
  class: 'Normal',
  pays: true,
  dispatch(context, coldkey, { hotkey, netuid, amount_staked: amount }) {
    const { storage } = context;
    const free = freeBalance(storage, coldkey);
    ensureSubtensor(
      addStakeError({
        poolLimit: poolLimit(storage, netuid),
        subnetExists: storage.get(SubtensorItems.networksAdded, netuid),
        subtokenEnabled: storage.get(SubtensorItems.subtokenEnabled, netuid),
        amount,
        free,
        hotkeyExists: storage.get(SubtensorItems.owner, hotkey) !== NOBODY,
      }),
    );
    setFreeBalance(context, coldkey, free - amount);
    context.deposit('Balances', 'Withdraw', { who: coldkey, amount });
    storage.set(BalancesItems.totalIssuance, [], storage.get(BalancesItems.totalIssuance) - amount);
    creditStake(context, { hotkey, coldkey, netuid, amount });
    context.deposit('SubtensorModule', 'StakeAdded', [coldkey, hotkey, amount, amount, netuid, 0n]);
  },
};

function creditStake(
  { storage }: CallContext,
  { hotkey, coldkey, netuid, amount }: { hotkey: Account; coldkey: Account; netuid: number; amount: bigint },
): void {
  const {
    totalHotkeyAlpha,
    totalHotkeyShares,
    alpha,
    subnetTao,
    subnetAlphaOut,
    totalStake,
    stakingHotkeys,
  } = SubtensorItems;
  storage.set(totalHotkeyAlpha, [hotkey, netuid], storage.get(totalHotkeyAlpha, hotkey, netuid) + amount);
  // One share is one rao of alpha: nothing here dilutes the pool of a hotkey.
  const shares = storage.get(totalHotkeyShares, hotkey, netuid).mantissa + amount;
  storage.set(totalHotkeyShares, [hotkey, netuid], { mantissa: shares, exponent: 0n });
  const own = storage.get(alpha, hotkey, coldkey, netuid).mantissa + amount;
  storage.set(alpha, [hotkey, coldkey, netuid], { mantissa: own, exponent: 0n });
  storage.set(subnetTao, [netuid], storage.get(subnetTao, netuid) + amount);
  storage.set(subnetAlphaOut, [netuid], storage.get(subnetAlphaOut, netuid) + amount);
  storage.set(totalStake, [], storage.get(totalStake) + amount);
  const staking = storage.get(stakingHotkeys, coldkey);
  if (!staking.includes(hotkey)) storage.set(stakingHotkeys, [coldkey], [...staking, hotkey]);
}
