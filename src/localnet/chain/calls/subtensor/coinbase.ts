import { SubtensorItems } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';

const U16_MAX = 65_535n;

/** Whether alpha flows to a subnet: it was started, its token trades and registration is open. */
function emits(storage: StorageReader, netuid: number): boolean {
  return (
    storage.get(SubtensorItems.firstEmissionBlock, netuid) !== undefined &&
    storage.get(SubtensorItems.subtokenEnabled, netuid) &&
    storage.get(SubtensorItems.registrationAllowed, netuid)
  );
}

/** One block's alpha for miners and for validators: halves of what is left of it after the owner's cut. */
export function blockShares(emission: bigint, ownerCut: bigint): { server: bigint; validator: bigint } {
  const left = emission - (emission * ownerCut) / U16_MAX;
  return { server: left / 2n, validator: left - left / 2n };
}

/** Sets a block's alpha aside for the subnet's next epoch. The owner's cut is kept back, and paid to nobody. */
export function accrueEmission(storage: Storage, netuid: number): void {
  if (!emits(storage, netuid)) return;
  const { pendingServerEmission, pendingValidatorEmission, blockEmission, subnetOwnerCut } = SubtensorItems;
  const { server, validator } = blockShares(storage.get(blockEmission), BigInt(storage.get(subnetOwnerCut)));
  const add = (item: typeof pendingServerEmission, amount: bigint): void =>
    storage.set(item, [netuid], storage.get(item, netuid) + amount);
  add(pendingServerEmission, server);
  add(pendingValidatorEmission, validator);
}

/** Takes what was set aside, in rao of alpha. */
export function takeEmission(storage: Storage, netuid: number): bigint {
  const { pendingServerEmission, pendingValidatorEmission } = SubtensorItems;
  const pending = storage.get(pendingServerEmission, netuid) + storage.get(pendingValidatorEmission, netuid);
  storage.set(pendingServerEmission, [netuid], 0n);
  storage.set(pendingValidatorEmission, [netuid], 0n);
  return pending;
}
