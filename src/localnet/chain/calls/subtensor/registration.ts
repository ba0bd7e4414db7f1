import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import { burnBalance, freeBalance } from '../accounts.js';
import type { Call, CallContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { appendNeuron, replaceNeuron } from './neurons.js';
import { associate, isPoolAccount, NOBODY } from './ownership.js';
import { raisePrice } from './registration-price.js';
import { placeFor } from './replacement.js';
import { ROOT_NETUID } from './stake.js';

interface Register {
  readonly netuid: number;
  readonly hotkey: Account;
}
interface RegisterLimit extends Register {
  readonly limit_price: bigint;
}

export interface RegistrationFacts {
  readonly netuid: number;
  readonly subnetExists: boolean;
  readonly price: bigint;
  /** The most the coldkey is ready to pay; undefined for burned_register, which takes any price. */
  readonly limitPrice: bigint | undefined;
  readonly allowed: boolean;
  readonly alreadyRegistered: boolean;
  readonly free: bigint;
  /** The hotkey is the account of a subnet's pool. */
  readonly poolAccount: boolean;
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
  if (facts.poolAccount) return 'CannotUseSystemAccount';
  if (!facts.associated) return 'NonAssociatedColdKey';
  if (!facts.placeFree) return 'NoNeuronIdAvailable';
  return undefined;
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
      poolAccount: isPoolAccount(hotkey),
      associated: owner === NOBODY || owner === coldkey,
      placeFree: place !== undefined,
    }),
  );
  if (place === undefined) return;
  burnBalance(context, coldkey, price);
  associate(storage, coldkey, hotkey);
  if (place.replaces) replaceNeuron(storage, { netuid, uid: place.uid, hotkey, block });
  else appendNeuron(storage, { netuid, uid: place.uid, hotkey, block });
  raisePrice(storage, netuid);
  storage.set(SubtensorItems.raoRecycled, [netuid], storage.get(SubtensorItems.raoRecycled, netuid) + price);
  context.deposit('SubtensorModule', 'NeuronRegistered', [netuid, place.uid, hotkey]);
}

/** Also the old `register`, whose proof of work nobody looks at any more. */
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
