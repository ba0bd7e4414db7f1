import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';
import { burnBalance, freeBalance } from '../accounts.js';
import type { Call, CallContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { customErrorCode } from './custom-error.js';
import { appendNeuron } from './neurons.js';
import { associate, isPoolAccount, NOBODY } from './ownership.js';
import { lastNetworkBlock, networkMayRegister, networkRegistered } from './rate-limits.js';

/** The mechanism of all new subnets: their alpha has a price of its own. */
const DYNAMIC = 1;
/** What registering on a new subnet costs at first, in rao. */
const FIRST_BURN_RAO = 1_000_000_000n;
const NEW_SUBNET = { maxUids: 256, maxValidators: 64, minWeights: 1, immunity: 5_000 } as const;

/** The price of a subnet in rao: twice the last one's, falling over the interval to once, never below the least. */
export function lockCost(facts: {
  lastLock: bigint;
  minLock: bigint;
  /** Block of the last creation; 0, there was none. */
  lastBlock: bigint;
  interval: bigint;
  block: number;
}): bigint {
  const { lastLock, minLock, lastBlock, interval, block } = facts;
  const start = lastBlock === 0n ? lastLock : lastLock * 2n;
  const fallen = interval === 0n ? 0n : (lastLock / interval) * (BigInt(block) - lastBlock);
  return start - fallen < minLock ? minLock : start - fallen;
}

function lockCostNow(storage: StorageReader, block: number): bigint {
  return lockCost({
    lastLock: storage.get(SubtensorItems.networkLastLockCost),
    minLock: storage.get(SubtensorItems.networkMinLockCost),
    lastBlock: lastNetworkBlock(storage),
    interval: storage.get(SubtensorItems.networkLockReductionInterval),
    block,
  });
}

export interface NetworkFacts {
  /** Nobody owns the hotkey, or the signing coldkey does. */
  readonly associated: boolean;
  readonly poolAccount: boolean;
  /** Subnets may be created from this block on. */
  readonly open: boolean;
  readonly withinRateLimit: boolean;
  /** There is room for another subnet. This chain dissolves none to make some. */
  readonly room: boolean;
  readonly free: bigint;
  readonly cost: bigint;
}

/** The first rule that creating a subnet breaks, in the order of subtensor's do_register_network. */
export function registerNetworkError(facts: NetworkFacts): SubtensorError | undefined {
  if (!facts.associated) return 'NonAssociatedColdKey';
  if (facts.poolAccount) return 'CannotUseSystemAccount';
  if (!facts.open) return 'SubNetRegistrationDisabled';
  if (!facts.withinRateLimit) return 'NetworkTxRateLimitExceeded';
  if (!facts.room) return 'SubnetLimitReached';
  if (facts.free < facts.cost) return 'CannotAffordLockCost';
  return undefined;
}

function factsOf(storage: StorageReader, block: number, coldkey: Account, hotkey: Account): NetworkFacts {
  const owner = storage.get(SubtensorItems.owner, hotkey);
  // TotalNetworks counts root, the limit does not.
  const subnets = storage.get(SubtensorItems.totalNetworks) - 1;
  return {
    associated: owner === NOBODY || owner === coldkey,
    poolAccount: isPoolAccount(hotkey),
    open: BigInt(block) >= storage.get(SubtensorItems.networkRegistrationStart),
    withinRateLimit: networkMayRegister(storage, block),
    room: subnets < storage.get(SubtensorItems.subnetLimit),
    free: freeBalance(storage, coldkey),
    cost: lockCostNow(storage, block),
  };
}

function freeNetuid(storage: StorageReader): number {
  let netuid = 1;
  while (storage.get(SubtensorItems.networksAdded, netuid)) netuid += 1;
  return netuid;
}

/** What a subnet begins with (subtensor init_new_network); the rest are the items' defaults. */
function initialise(storage: Storage, netuid: number, block: number): void {
  const tempo = storage.get(SubtensorItems.tempo, netuid);
  storage.set(SubtensorItems.subnetworkN, [netuid], 0);
  storage.set(SubtensorItems.networksAdded, [netuid], true);
  storage.set(SubtensorItems.tempo, [netuid], tempo);
  // Subnets created together do not all have their epochs in the same block.
  const started = BigInt(block - (netuid % tempo));
  storage.set(SubtensorItems.lastEpochBlock, [netuid], started > 0n ? started : 0n);
  storage.set(SubtensorItems.totalNetworks, [], storage.get(SubtensorItems.totalNetworks) + 1);
  storage.set(SubtensorItems.registrationAllowed, [netuid], true);
  storage.set(SubtensorItems.maxAllowedUids, [netuid], NEW_SUBNET.maxUids);
  storage.set(SubtensorItems.maxAllowedValidators, [netuid], NEW_SUBNET.maxValidators);
  storage.set(SubtensorItems.minAllowedWeights, [netuid], NEW_SUBNET.minWeights);
  storage.set(SubtensorItems.immunityPeriod, [netuid], NEW_SUBNET.immunity);
  storage.set(SubtensorItems.yuma3, [netuid], true);
  storage.set(SubtensorItems.burn, [netuid], FIRST_BURN_RAO);
}

function create(context: CallContext, coldkey: Account, hotkey: Account): void {
  const { storage, block, deposit } = context;
  const facts = factsOf(storage, block, coldkey, hotkey);
  ensureSubtensor(registerNetworkError(facts));
  const netuid = freeNetuid(storage);
  initialise(storage, netuid, block);
  deposit('SubtensorModule', 'RegistrationAllowed', [netuid, true]);
  deposit('SubtensorModule', 'MaxAllowedUidsSet', [netuid, NEW_SUBNET.maxUids]);
  deposit('SubtensorModule', 'MaxAllowedValidatorsSet', [netuid, NEW_SUBNET.maxValidators]);
  deposit('SubtensorModule', 'MinAllowedWeightSet', [netuid, NEW_SUBNET.minWeights]);
  deposit('SubtensorModule', 'ImmunityPeriodSet', [netuid, NEW_SUBNET.immunity]);
  burnBalance(context, coldkey, facts.cost);
  storage.set(SubtensorItems.networkLastLockCost, [], facts.cost);
  networkRegistered(storage, block);
  associate(storage, coldkey, hotkey);
  appendNeuron(storage, { netuid, uid: 0, hotkey, block });
  storage.set(SubtensorItems.subnetMechanism, [netuid], DYNAMIC);
  storage.set(SubtensorItems.networkRegisteredAt, [netuid], BigInt(block));
  const times = storage.get(SubtensorItems.registeredSubnetCounter, netuid);
  storage.set(SubtensorItems.registeredSubnetCounter, [netuid], times + 1n);
  storage.set(SubtensorItems.subnetTao, [netuid], facts.cost);
  storage.set(SubtensorItems.subnetAlphaIn, [netuid], facts.cost);
  storage.set(SubtensorItems.subnetLocked, [netuid], facts.cost);
  storage.set(SubtensorItems.totalStake, [], storage.get(SubtensorItems.totalStake) + facts.cost);
  storage.set(SubtensorItems.subnetOwner, [netuid], coldkey);
  storage.set(SubtensorItems.subnetOwnerHotkey, [netuid], hotkey);
  storage.set(SubtensorItems.subnetEmissionEnabled, [netuid], false);
  deposit('SubtensorModule', 'SubnetOwnerHotkeySet', [netuid, hotkey]);
  deposit('SubtensorModule', 'NetworkAdded', [netuid, DYNAMIC]);
}

/** Creates a subnet: the coldkey pays for it and owns it, the hotkey gets its uid 0. */
export const registerNetwork: Call<{ readonly hotkey: Account }> = {
  class: 'Normal',
  pays: true,
  check: ({ storage, block }) =>
    networkMayRegister(storage, block) ? undefined : customErrorCode('NetworkTxRateLimitExceeded'),
  dispatch: (context, coldkey, { hotkey }) => create(context, coldkey, hotkey),
};
