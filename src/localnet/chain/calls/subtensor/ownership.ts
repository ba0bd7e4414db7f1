import { SubtensorItems, type Account } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';

/** Owner of a hotkey that nobody owns: the default of the storage item. */
export const NOBODY: Account = `0x${'00'.repeat(32)}`;

/** The account of a subnet's pool: `modl`, the pallet's id, the netuid in two bytes, zeros. */
const POOL_PREFIX = `0x${Buffer.from('modlsubtensr').toString('hex')}`;
const POOL_SUFFIX = '00'.repeat(18);

/** Whether an account is that of a subnet's pool, which cannot be a hotkey. */
export function isPoolAccount(account: Account): boolean {
  return account.startsWith(POOL_PREFIX) && account.endsWith(POOL_SUFFIX);
}

/** Makes `coldkey` the owner of `hotkey`, unless somebody is already (subtensor create_account_if_non_existent). */
export function associate(storage: Storage, coldkey: Account, hotkey: Account): void {
  const { owner, ownedHotkeys, stakingHotkeys } = SubtensorItems;
  if (storage.get(owner, hotkey) !== NOBODY) return;
  storage.set(owner, [hotkey], coldkey);
  for (const list of [ownedHotkeys, stakingHotkeys]) {
    const known = storage.get(list, coldkey);
    if (!known.includes(hotkey)) storage.set(list, [coldkey], [...known, hotkey]);
  }
}
