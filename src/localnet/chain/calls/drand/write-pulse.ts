import { hexToU8a } from '@polkadot/util';
import { signatureOf } from '../../../../common/timelock/points.js';
import { TimelockError, verifyPulse } from '../../../../common/timelock/index.js';
import { DrandItems, type BeaconConfig, type Pulse } from '../../state/items.js';
import type { Storage } from '../../state/storage.js';
import type { Call, CallContext } from '../call.js';
import { DispatchFailure } from '../dispatch-error.js';

/** Pulses kept; the oldest go. The real chain keeps 216,000, a week of quicknet. */
export const MAX_KEPT_PULSES = 10_000n;
/** Pulses removed at most with one that comes. */
const MAX_REMOVED_PULSES = 100;

export interface WritePulse {
  readonly pulses_payload: {
    readonly block_number: number;
    readonly pulses: readonly Pulse[];
    readonly public: unknown;
  };
  readonly signature: unknown;
}

/** Whether the beacon signed the pulse. @throws DispatchFailure for a signature that is no point of the curve */
function verified(config: BeaconConfig, pulse: Pulse): boolean {
  const signature = hexToU8a(pulse.signature);
  try {
    signatureOf(signature);
  } catch (error) {
    if (!(error instanceof TimelockError)) throw error;
    throw new DispatchFailure({ pallet: 'Drand', name: 'PulseVerificationError' });
  }
  return verifyPulse({ round: pulse.round, signature, publicKey: hexToU8a(config.public_key) });
}

/**
 * Stores the pulses that the configured beacon signed, in rising order (pallet_drand write_pulse): one that it did not
 * sign is passed over, one that is not newer than the last fails the call.
 */
export function storePulses({ storage, block, deposit }: CallContext, pulses: readonly Pulse[]): void {
  const config = storage.get(DrandItems.beaconConfig);
  const oldest = storage.get(DrandItems.oldestStoredRound);
  let last = storage.get(DrandItems.lastStoredRound);
  const first = last === 0n && oldest === 0n;
  const rounds: bigint[] = [];
  for (const pulse of pulses) {
    if (!verified(config, pulse)) continue;
    if (pulse.round <= last) throw new DispatchFailure({ pallet: 'Drand', name: 'InvalidRoundNumber' });
    storage.set(DrandItems.pulses, [pulse.round], pulse);
    last = pulse.round;
    rounds.push(pulse.round);
  }
  storage.set(DrandItems.lastStoredRound, [], last);
  if (first && rounds[0] !== undefined) storage.set(DrandItems.oldestStoredRound, [], rounds[0]);
  prune(storage, last);
  storage.set(DrandItems.nextUnsignedAt, [], block);
  if (rounds.length > 0) deposit('Drand', 'NewPulse', { rounds });
}

function prune(storage: Storage, last: bigint): void {
  let oldest = storage.get(DrandItems.oldestStoredRound);
  if (oldest === 0n) return;
  for (let removed = 0; removed < MAX_REMOVED_PULSES && last - oldest + 1n > MAX_KEPT_PULSES; removed += 1) {
    storage.remove(DrandItems.pulses, oldest);
    oldest += 1n;
  }
  storage.set(DrandItems.oldestStoredRound, [], oldest);
}

/** Pulses come from the chain's own worker, in extrinsics without a signature: whoever signs one is refused. */
export const writePulse: Call<WritePulse> = {
  class: 'Normal',
  pays: true,
  dispatch() {
    throw new DispatchFailure({ other: 'BadOrigin' });
  },
};
