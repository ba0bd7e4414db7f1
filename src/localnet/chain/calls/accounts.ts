import { BalancesItems, SystemItems, type Account, type AccountInfo } from '../state/items.js';
import type { StorageReader } from '../state/storage.js';
import type { CallContext } from './call.js';

/** Smallest balance that keeps an account alive, in rao (Balances.ExistentialDeposit). */
export const EXISTENTIAL_DEPOSIT_RAO = 500n;

/** What `who` can spend, in rao. */
export function freeBalance(storage: StorageReader, who: Account): bigint {
  return storage.get(SystemItems.account, who).data.free;
}

/**
 * Sets the free balance and tells of accounts that begin or end: one below the existential deposit is reaped, its dust
 * leaves the issuance and its nonce starts anew, as Substrate does it.
 */
export function setFreeBalance(context: CallContext, who: Account, free: bigint): void {
  const { storage } = context;
  const account = storage.get(SystemItems.account, who);
  if (free < EXISTENTIAL_DEPOSIT_RAO) {
    if (free > 0n) {
      context.deposit('Balances', 'DustLost', { account: who, amount: free });
      changeIssuance(context, -free);
    }
    // An account that never held a balance has only its nonce, and keeps it: hotkeys sign without owning anything.
    if (account.providers === 0) return;
    storage.remove(SystemItems.account, who);
    context.deposit('System', 'KilledAccount', { account: who });
    return;
  }
  const began = account.providers === 0;
  const updated: AccountInfo = { ...account, providers: 1, data: { ...account.data, free } };
  storage.set(SystemItems.account, [who], updated);
  if (began) {
    context.deposit('System', 'NewAccount', { account: who });
    context.deposit('Balances', 'Endowed', { account: who, free_balance: free });
  }
}

/** Takes `amount` rao from `who`, who has them, out of the world: fees and registration prices are recycled. */
export function burnBalance(context: CallContext, who: Account, amount: bigint): void {
  if (amount === 0n) return;
  setFreeBalance(context, who, freeBalance(context.storage, who) - amount);
  changeIssuance(context, -amount);
  context.deposit('Balances', 'Withdraw', { who, amount });
}

function changeIssuance({ storage }: CallContext, difference: bigint): void {
  storage.set(BalancesItems.totalIssuance, [], storage.get(BalancesItems.totalIssuance) + difference);
}
