import type { Hyperparameter } from '../../metadata/pallets/subnet-owner.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';

/** The shortest tempo an owner may set, and the blocks between two changes of it (subtensor MIN_TEMPO). */
export const MIN_TEMPO = 360;

/** What an owner does at a limited rate: one hyperparameter each, or a transaction with a number of its own. */
export type OwnerAction =
  { readonly hyperparameter: Hyperparameter } | 'SetWeightsVersionKey' | 'TempoUpdate';

/** The numbers of TransactionKeyLastBlock (subtensor TransactionType). */
const TRANSACTION_TYPE = { SetWeightsVersionKey: 4, TempoUpdate: 11 } as const;

interface Scope {
  readonly netuid: number;
  readonly owner: Account;
}

function hyperparameterKey(netuid: number, name: Hyperparameter) {
  return { type: 'OwnerHyperparamUpdate', value: [netuid, { type: name }] };
}

function limitOf(storage: StorageReader, netuid: number, action: OwnerAction): bigint {
  if (action === 'TempoUpdate') return BigInt(MIN_TEMPO);
  const tempo = BigInt(storage.get(SubtensorItems.tempo, netuid));
  return action === 'SetWeightsVersionKey'
    ? tempo * storage.get(SubtensorItems.weightsVersionKeyRateLimit)
    : tempo * BigInt(storage.get(SubtensorItems.ownerHyperparamRateLimit));
}

function lastBlock(storage: StorageReader, { netuid, owner }: Scope, action: OwnerAction): bigint {
  return typeof action === 'string'
    ? storage.get(SubtensorItems.transactionKeyLastBlock, owner, netuid, TRANSACTION_TYPE[action])
    : storage.get(SubtensorItems.lastRateLimitedBlock, hyperparameterKey(netuid, action.hyperparameter));
}

/** Whether enough blocks went by since the last time; the first time always passes. */
export function passesLimit(last: bigint, limit: bigint, block: number): boolean {
  return last === 0n || BigInt(block) - last >= limit;
}

/** Whether an owner may do something again: two tempos after the last time for a hyperparameter. */
export function ownerMay(storage: StorageReader, scope: Scope, action: OwnerAction, block: number): boolean {
  return passesLimit(lastBlock(storage, scope, action), limitOf(storage, scope.netuid, action), block);
}

/** Notes that an owner did it. */
export function ownerDid(
  storage: Storage,
  { netuid, owner }: Scope,
  action: OwnerAction,
  block: number,
): void {
  if (typeof action === 'string') {
    const key: [Account, number, number] = [owner, netuid, TRANSACTION_TYPE[action]];
    storage.set(SubtensorItems.transactionKeyLastBlock, key, BigInt(block));
  } else {
    const key = hyperparameterKey(netuid, action.hyperparameter);
    storage.set(SubtensorItems.lastRateLimitedBlock, [key], BigInt(block));
  }
}

const NETWORK_REGISTERED = { type: 'NetworkLastRegistered' };

/** Whether a subnet may be created at `block`: NetworkRateLimit blocks after the one before. */
export function networkMayRegister(storage: StorageReader, block: number): boolean {
  const limit = storage.get(SubtensorItems.networkRateLimit);
  return passesLimit(lastNetworkBlock(storage), limit, block);
}

/** The block of the last creation; 0 when there was none. */
export function lastNetworkBlock(storage: StorageReader): bigint {
  return storage.get(SubtensorItems.lastRateLimitedBlock, NETWORK_REGISTERED);
}

export function networkRegistered(storage: Storage, block: number): void {
  storage.set(SubtensorItems.lastRateLimitedBlock, [NETWORK_REGISTERED], BigInt(block));
}
