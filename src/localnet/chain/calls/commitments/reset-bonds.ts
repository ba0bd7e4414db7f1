import { SubtensorItems, type Account } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';
import { mechanismIndex } from '../subtensor/weights.js';

/** Takes everybody's bonds in a neuron away, on every mechanism, where the subnet allows that (do_reset_bonds). */
export function resetBonds(storage: Storage, netuid: number, who: Account): void {
  const uid = storage.get(SubtensorItems.uids, netuid, who);
  if (uid === undefined || !storage.get(SubtensorItems.bondsResetOn, netuid)) return;
  const mechanisms = storage.get(SubtensorItems.mechanismCount, netuid);
  for (let mecid = 0; mecid < mechanisms; mecid += 1) {
    const index = mechanismIndex(netuid, mecid);
    for (const from of storage.lastKeys(SubtensorItems.bonds, index)) {
      const bonds = storage.get(SubtensorItems.bonds, index, from);
      const others = bonds.filter(([target]) => target !== uid);
      if (others.length < bonds.length) storage.set(SubtensorItems.bonds, [index, from], others);
    }
  }
}
