import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';

/**
 * For each hotkey the block of the oldest commit that can still be revealed, of both kinds (the commit-reveal mask of
 * subtensor's epoch). Empty on a subnet without commit-reveal.
 */
export function pendingCommits(storage: StorageReader, netuid: number): ReadonlyMap<Account, bigint> {
  const oldest = new Map<Account, bigint>();
  if (!storage.get(SubtensorItems.commitRevealEnabled, netuid)) return oldest;
  const note = (who: Account, block: bigint): void => {
    const known = oldest.get(who);
    if (known === undefined || block < known) oldest.set(who, block);
  };
  const now = storage.get(SubtensorItems.subnetEpochIndex, netuid);
  const period = storage.get(SubtensorItems.revealPeriodEpochs, netuid);
  for (const who of storage.lastKeys(SubtensorItems.weightCommits, netuid)) {
    const commits = storage.get(SubtensorItems.weightCommits, netuid, who) ?? [];
    const first = commits.find(([, epoch]) => now <= epoch + period);
    if (first !== undefined) note(who, first[2]);
  }
  for (const epoch of storage.lastKeys(SubtensorItems.timelockedCommits, netuid)) {
    if (now > epoch + period) continue;
    for (const [who, block] of storage.get(SubtensorItems.timelockedCommits, netuid, epoch)) note(who, block);
  }
  return oldest;
}
