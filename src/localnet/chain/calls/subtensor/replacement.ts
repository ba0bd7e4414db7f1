import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';

/** What decides which neuron gives way to a newcomer on a full subnet. */
export interface Replaceable {
  readonly uid: number;
  readonly emission: bigint;
  /** Block of registration. */
  readonly registeredAt: bigint;
  /** Still within the immunity period. */
  readonly immune: boolean;
  /** One of the owner's protected neurons, which never give way. */
  readonly owner: boolean;
}

/** Less emission goes first; among equals the one registered first, then the lower uid. */
function order(a: Replaceable, b: Replaceable): number {
  if (a.emission !== b.emission) return a.emission < b.emission ? -1 : 1;
  if (a.registeredAt !== b.registeredAt) return a.registeredAt < b.registeredAt ? -1 : 1;
  return a.uid - b.uid;
}

/**
 * The uid that gives way (subtensor get_neuron_to_prune): the first in order among those past their immunity, as long
 * as more than `minNonImmune` of these are there; else the first in order among the immune. Undefined when there is
 * none: the newcomer finds no place.
 */
export function chooseUidToReplace(
  neurons: readonly Replaceable[],
  minNonImmune: number,
): number | undefined {
  const candidates = neurons.filter(({ owner }) => !owner).sort(order);
  const free = candidates.filter(({ immune }) => !immune);
  const chosen = free.length > minNonImmune ? free : candidates.filter(({ immune }) => immune);
  return chosen[0]?.uid;
}

/** What is known of a neuron that the owner's coldkey holds. */
export interface OwnedNeuron {
  readonly hotkey: Account;
  readonly uid: number;
  readonly registeredAt: bigint;
}

/**
 * The hotkeys that never give way (subtensor get_immune_owner_hotkeys): at most `limit` of those that the owner's
 * coldkey holds on the subnet, the oldest first, the named owner hotkey before them all when it is registered.
 */
export function protectedHotkeys(
  owned: readonly OwnedNeuron[],
  ownerHotkey: Account | undefined,
  limit: number,
): Account[] {
  const oldest = [...owned]
    .sort((a, b) => Number(a.registeredAt - b.registeredAt) || a.uid - b.uid)
    .slice(0, limit)
    .map(({ hotkey }) => hotkey);
  if (ownerHotkey === undefined || oldest.includes(ownerHotkey)) return oldest;
  return [ownerHotkey, ...oldest].slice(0, limit);
}

function protectedOn(storage: StorageReader, netuid: number): Account[] {
  const owned = storage
    .get(SubtensorItems.ownedHotkeys, storage.get(SubtensorItems.subnetOwner, netuid))
    .flatMap((hotkey): OwnedNeuron[] => {
      const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
      if (uid === undefined) return [];
      return [{ hotkey, uid, registeredAt: storage.get(SubtensorItems.blockAtRegistration, netuid, uid) }];
    });
  const named = storage.get(SubtensorItems.subnetOwnerHotkey, netuid);
  const registered = storage.get(SubtensorItems.uids, netuid, named) !== undefined;
  const limit = storage.get(SubtensorItems.immuneOwnerUidsLimit, netuid);
  return protectedHotkeys(owned, registered ? named : undefined, limit);
}

/** The uid a newcomer gets at `block`: the next one, or that of a neuron that gives way; undefined, there is none. */
export function placeFor(
  storage: StorageReader,
  netuid: number,
  block: number,
): { readonly uid: number; readonly replaces: boolean } | undefined {
  const neurons = storage.get(SubtensorItems.subnetworkN, netuid);
  const max = storage.get(SubtensorItems.maxAllowedUids, netuid);
  if (max === 0) return undefined;
  if (neurons < max) return { uid: neurons, replaces: false };
  const emission = storage.get(SubtensorItems.emission, netuid);
  const immunity = BigInt(storage.get(SubtensorItems.immunityPeriod, netuid));
  const untouchable = new Set(protectedOn(storage, netuid));
  const candidates = Array.from({ length: neurons }, (_, uid): Replaceable => {
    const registeredAt = storage.get(SubtensorItems.blockAtRegistration, netuid, uid);
    return {
      uid,
      emission: emission[uid] ?? 0n,
      registeredAt,
      immune: BigInt(block) - registeredAt < immunity,
      owner: untouchable.has(storage.get(SubtensorItems.keys, netuid, uid)),
    };
  });
  const uid = chooseUidToReplace(candidates, storage.get(SubtensorItems.minNonImmuneUids, netuid));
  return uid === undefined ? undefined : { uid, replaces: true };
}
