import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import { burnBalance, freeBalance } from '../accounts.js';
import type { Call, CallContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { appendNeuron, replaceNeuron } from './neurons.js';
import { chooseUidToReplace, type Replaceable } from './replacement.js';
import { NOBODY, ROOT_NETUID } from './stake.js';

interface Register {
  readonly netuid: number;
  readonly hotkey: Account;
}
interface RegisterLimit extends Register {
  readonly limit_price: bigint;
}

/** The price jumps by this factor with each registration (storage default of BurnIncreaseMult). */
const PRICE_JUMP_PERCENT = 126n;

export interface RegistrationFacts {
  readonly netuid: number;
  readonly subnetExists: boolean;
  readonly price: bigint;
  /** The most the coldkey is ready to pay; undefined for burned_register, which takes any price. */
  readonly limitPrice: bigint | undefined;
  readonly allowed: boolean;
  readonly alreadyRegistered: boolean;
  readonly free: bigint;
  /** Nobody owns the hotkey, or the signing coldkey does. */
  readonly associated: boolean;
  readonly placeFree: boolean;
}

/** The first rule that a registration breaks, in the order of subtensor's do_register_limit and do_register. */
export function registrationError(facts: RegistrationFacts): SubtensorError | undefined {
  if (facts.netuid === ROOT_NETUID) return 'RegistrationNotPermittedOnRootSubnet';
  if (!facts.subnetExists) return 'SubnetNotExists';
  if (facts.limitPrice !== undefined && facts.price > facts.limitPrice)
    return 'RegistrationPriceLimitExceeded';
  if (!facts.allowed) return 'SubNetRegistrationDisabled';
  if (facts.alreadyRegistered) return 'HotKeyAlreadyRegisteredInSubNet';
  if (facts.free < facts.price) return 'NotEnoughBalanceToStake';
  if (!facts.associated) return 'NonAssociatedColdKey';
  if (!facts.placeFree) return 'NoNeuronIdAvailable';
  return undefined;
}

/** The price after a registration, in rao. */
export function raisedPrice(price: bigint, max: bigint): bigint {
  const raised = (price * PRICE_JUMP_PERCENT) / 100n;
  return raised > max ? max : raised;
}

/** The price a block later: it halves every `halfLife` blocks, down to the minimum. */
export function decayedPrice(price: bigint, halfLife: number, min: bigint): bigint {
  if (halfLife === 0 || price <= min) return price;
  const decayed = BigInt(Math.floor(Number(price) * 2 ** (-1 / halfLife)));
  return decayed < min ? min : decayed;
}

/** The uid a newcomer gets: the next one, or that of the neuron to replace; undefined when all are protected. */
function placeFor(
  storage: StorageReader,
  netuid: number,
  block: number,
): { uid: number; replaces: boolean } | undefined {
  const neurons = storage.get(SubtensorItems.subnetworkN, netuid);
  const max = storage.get(SubtensorItems.maxAllowedUids, netuid);
  if (max === 0) return undefined;
  if (neurons < max) return { uid: neurons, replaces: false };
  const emission = storage.get(SubtensorItems.emission, netuid);
  const immunity = BigInt(storage.get(SubtensorItems.immunityPeriod, netuid));
  const ownerHotkey = storage.get(SubtensorItems.subnetOwnerHotkey, netuid);
  const candidates = Array.from({ length: neurons }, (_, uid): Replaceable => {
    const registeredAt = storage.get(SubtensorItems.blockAtRegistration, netuid, uid);
    return {
      uid,
      emission: emission[uid] ?? 0n,
      registeredAt,
      immune: BigInt(block) - registeredAt < immunity,
      owner: storage.get(SubtensorItems.keys, netuid, uid) === ownerHotkey,
    };
  });
  const uid = chooseUidToReplace(candidates);
  return uid === undefined ? undefined : { uid, replaces: true };
}

function register(
  context: CallContext,
  coldkey: Account,
  { netuid, hotkey }: Register,
  limitPrice: bigint | undefined,
): void {
  const { storage, block } = context;
  const price = storage.get(SubtensorItems.burn, netuid);
  const owner = storage.get(SubtensorItems.owner, hotkey);
  const place = placeFor(storage, netuid, block);
  ensureSubtensor(
    registrationError({
      netuid,
      subnetExists: storage.get(SubtensorItems.networksAdded, netuid),
      price,
      limitPrice,
      allowed: storage.get(SubtensorItems.registrationAllowed, netuid),
      alreadyRegistered: storage.get(SubtensorItems.uids, netuid, hotkey) !== undefined,
      free: freeBalance(storage, coldkey),
      associated: owner === NOBODY || owner === coldkey,
      placeFree: place !== undefined,
    }),
  );
  if (place === undefined) return;
  burnBalance(context, coldkey, price);
  if (owner === NOBODY) associate(context, coldkey, hotkey);
  if (place.replaces) replaceNeuron(storage, { netuid, uid: place.uid, hotkey, block });
  else appendNeuron(storage, { netuid, uid: place.uid, hotkey, block });
  const raised = raisedPrice(price, storage.get(SubtensorItems.maxBurn, netuid));
  storage.set(SubtensorItems.burn, [netuid], raised);
  storage.set(SubtensorItems.raoRecycled, [netuid], storage.get(SubtensorItems.raoRecycled, netuid) + price);
  context.deposit('SubtensorModule', 'NeuronRegistered', [netuid, place.uid, hotkey]);
}

function associate({ storage }: CallContext, coldkey: Account, hotkey: Account): void {
  const { owner, ownedHotkeys, stakingHotkeys } = SubtensorItems;
  storage.set(owner, [hotkey], coldkey);
  storage.set(ownedHotkeys, [coldkey], [...storage.get(ownedHotkeys, coldkey), hotkey]);
  storage.set(stakingHotkeys, [coldkey], [...storage.get(stakingHotkeys, coldkey), hotkey]);
}

export const burnedRegister: Call<Register> = {
  class: 'Normal',
  pays: true,
  dispatch: (context, coldkey, args) => register(context, coldkey, args, undefined),
};

export const registerLimit: Call<RegisterLimit> = {
  class: 'Normal',
  pays: true,
  dispatch: (context, coldkey, args) => register(context, coldkey, args, args.limit_price),
};
