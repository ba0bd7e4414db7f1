import { CommitmentsItems, type Account } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';

/** Who has a commitment with a timelocked field: a set in the order of its keys, as BTreeSet keeps it. */
export function markTimelocked(storage: Storage, netuid: number, who: Account, timelocked: boolean): void {
  const index = storage.get(CommitmentsItems.timelockedIndex);
  const others = index.filter(([subnet, account]) => subnet !== netuid || account !== who);
  if (!timelocked && others.length === index.length) return;
  const marked = timelocked ? [...others, [netuid, who] as const] : others;
  storage.set(CommitmentsItems.timelockedIndex, [], [...marked].sort(byKey));
}

function byKey(a: readonly [number, Account], b: readonly [number, Account]): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] < b[1] ? -1 : 1;
}
