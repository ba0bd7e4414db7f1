import type { Variant } from '../codec/scale-codec.js';
import type { Account } from '../state/items.js';
import { EXISTENTIAL_DEPOSIT_RAO, freeBalance, setFreeBalance } from './accounts.js';
import type { Call, CallContext } from './call.js';
import { DispatchFailure, type DispatchErrorName } from './dispatch-error.js';

interface Transfer {
  readonly dest: Variant;
  readonly value: bigint;
}

/**
 * Why a transfer cannot be, by the rules of pallet_balances: enough funds, a receiver that lives afterwards and, when
 * the sender must stay alive, a sender that does.
 */
export function transferError(facts: {
  senderFree: bigint;
  receiverFree: bigint;
  amount: bigint;
  keepAlive: boolean;
}): DispatchErrorName | undefined {
  const { senderFree, receiverFree, amount, keepAlive } = facts;
  if (senderFree < amount) return { token: 'FundsUnavailable' };
  if (receiverFree + amount < EXISTENTIAL_DEPOSIT_RAO) return { token: 'BelowMinimum' };
  if (keepAlive && senderFree - amount < EXISTENTIAL_DEPOSIT_RAO) return { token: 'NotExpendable' };
  return undefined;
}

function transfer(context: CallContext, from: Account, { dest, value }: Transfer, keepAlive: boolean): void {
  // Only plain account ids can be looked up: there are no account indices on subtensor.
  if (dest.type !== 'Id') throw new DispatchFailure({ other: 'CannotLookup' });
  const to = dest.value as Account;
  const senderFree = freeBalance(context.storage, from);
  const error = transferError({
    senderFree,
    receiverFree: freeBalance(context.storage, to),
    amount: value,
    keepAlive,
  });
  if (error !== undefined) throw new DispatchFailure(error);
  if (from !== to && value > 0n) {
    setFreeBalance(context, from, senderFree - value);
    setFreeBalance(context, to, freeBalance(context.storage, to) + value);
  }
  context.deposit('Balances', 'Transfer', { from, to, amount: value });
}

export const transferKeepAlive: Call<Transfer> = {
  class: 'Normal',
  pays: true,
  dispatch: (context, signer, args) => transfer(context, signer, args, true),
};

export const transferAllowDeath: Call<Transfer> = {
  class: 'Normal',
  pays: true,
  dispatch: (context, signer, args) => transfer(context, signer, args, false),
};
