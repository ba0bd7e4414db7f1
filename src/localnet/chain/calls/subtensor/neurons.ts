import { SubtensorItems, type Account, type StorageItem } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';

interface Place {
  readonly netuid: number;
  readonly uid: number;
  readonly hotkey: Account;
  readonly block: number;
}

function setAt<Value extends number | bigint | boolean>(
  storage: Storage,
  item: StorageItem<[number], readonly Value[]>,
  netuid: number,
  uid: number,
  value: Value,
): void {
  const values = [...storage.get(item, netuid)];
  values[uid] = value;
  storage.set(item, [netuid], values);
}

/** A neuron starts with nothing earned; its registration counts as its first update. */
function reset(storage: Storage, { netuid, uid, block }: Place): void {
  setAt(storage, SubtensorItems.emission, netuid, uid, 0n);
  setAt(storage, SubtensorItems.consensus, netuid, uid, 0);
  setAt(storage, SubtensorItems.incentive, netuid, uid, 0);
  setAt(storage, SubtensorItems.dividends, netuid, uid, 0);
  setAt(storage, SubtensorItems.validatorTrust, netuid, uid, 0);
  setAt(storage, SubtensorItems.validatorPermit, netuid, uid, false);
  setAt(storage, SubtensorItems.active, netuid, uid, true);
  setAt(storage, SubtensorItems.lastUpdate, netuid, uid, BigInt(block));
}

function seat(storage: Storage, { netuid, uid, hotkey, block }: Place): void {
  storage.set(SubtensorItems.keys, [netuid, uid], hotkey);
  storage.set(SubtensorItems.uids, [netuid, hotkey], uid);
  storage.set(SubtensorItems.isNetworkMember, [hotkey, netuid], true);
  storage.set(SubtensorItems.blockAtRegistration, [netuid, uid], BigInt(block));
}

/** Adds a neuron behind the last one. */
export function appendNeuron(storage: Storage, place: Place): void {
  reset(storage, place);
  seat(storage, place);
  storage.set(SubtensorItems.subnetworkN, [place.netuid], place.uid + 1);
}

/**
 * Gives a uid to another hotkey. The old one loses its place, its endpoints, its weights and bonds, and what others
 * weighed it; its commitment stays, as on the real chain: a reader has to join commitments with the current uids.
 */
export function replaceNeuron(storage: Storage, place: Place): void {
  const { netuid, uid } = place;
  const old = storage.get(SubtensorItems.keys, netuid, uid);
  storage.remove(SubtensorItems.uids, netuid, old);
  storage.remove(SubtensorItems.isNetworkMember, old, netuid);
  storage.remove(SubtensorItems.axons, netuid, old);
  storage.remove(SubtensorItems.certificates, netuid, old);
  storage.remove(SubtensorItems.prometheus, netuid, old);
  storage.remove(SubtensorItems.bonds, netuid, uid);
  storage.remove(SubtensorItems.weights, netuid, uid);
  forgetWeightsFor(storage, netuid, uid);
  if (uid < storage.get(SubtensorItems.stakeWeight, netuid).length) {
    setAt(storage, SubtensorItems.stakeWeight, netuid, uid, 0);
  }
  reset(storage, place);
  seat(storage, place);
}

/** Others' weights for a uid become zeros; the entries stay where they are. */
function forgetWeightsFor(storage: Storage, netuid: number, uid: number): void {
  const neurons = storage.get(SubtensorItems.subnetworkN, netuid);
  for (let from = 0; from < neurons; from += 1) {
    const row = storage.get(SubtensorItems.weights, netuid, from);
    if (!row.some(([target, weight]) => target === uid && weight !== 0)) continue;
    const without = row.map(([target, weight]) => [target, target === uid ? 0 : weight] as const);
    storage.set(SubtensorItems.weights, [netuid, from], without);
  }
}
