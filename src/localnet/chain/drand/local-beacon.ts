import { createHash } from 'node:crypto';
import { hexToU8a, u8aToHex } from '@polkadot/util';
import { publicKeyOf, QUICKNET, signRound } from '../../../common/timelock/index.js';
import { QUICKNET_CONFIG } from '../metadata/pallets/drand.js';
import type { BeaconConfig, Pulse } from '../state/items.js';

/** Rounds that a beacon catches up with in one block; older ones that were missed stay missing. */
const MAX_ROUNDS_A_BLOCK = 50n;

const BEACON_ID = u8aToHex(Buffer.from('healthtensor-local'));

/** 32 bytes; whoever knows the chain knows it: nothing on a local chain is worth a secret. */
function secretOf(chainHash: string): Uint8Array {
  return createHash('sha256').update('healthtensor local beacon').update(hexToU8a(chainHash)).digest();
}

/**
 * The beacon of a local chain as its genesis describes it. It counts rounds as quicknet does, from the same moment on.
 * @param genesis anything that tells this genesis from others, 0x hex
 * @param periodSeconds whole seconds from round to round
 */
export function localBeaconConfig(genesis: string, periodSeconds: number): BeaconConfig {
  const hash = u8aToHex(createHash('sha256').update(hexToU8a(genesis)).digest());
  return {
    ...QUICKNET_CONFIG,
    public_key: u8aToHex(publicKeyOf(secretOf(hash))),
    period: periodSeconds,
    genesis_time: QUICKNET.genesisTime,
    hash,
    group_hash: hash,
    metadata: { beacon_id: BEACON_ID },
  };
}

/** Whether pulses of this beacon can be made here, without a network. */
export function isLocalBeacon(config: BeaconConfig): boolean {
  return config.metadata.beacon_id === BEACON_ID;
}

/** The newest round at a time in ms since 1970: round r appears at genesis + period x (r - 1). */
export function roundAt(config: Pick<BeaconConfig, 'genesis_time' | 'period'>, nowMs: bigint): bigint {
  const since = nowMs / 1000n - BigInt(config.genesis_time);
  return since < 0n ? 0n : since / BigInt(config.period) + 1n;
}

/** The rounds to put on chain now, in rising order: those since the last one, but not more than a block may hold. */
export function dueRounds(config: BeaconConfig, lastStored: bigint, nowMs: bigint): bigint[] {
  const newest = roundAt(config, nowMs);
  const oldest = newest - MAX_ROUNDS_A_BLOCK + 1n;
  const from = lastStored === 0n ? newest : lastStored < oldest ? oldest : lastStored + 1n;
  const rounds: bigint[] = [];
  for (let round = from < 1n ? 1n : from; round <= newest; round += 1n) rounds.push(round);
  return rounds;
}

/** The local beacon's pulse of a round. About 10 ms. */
export function localPulse(config: BeaconConfig, round: bigint): Pulse {
  const signature = signRound(secretOf(config.hash), round);
  return pulseOf(round, signature);
}

/** A pulse of any beacon: its randomness is the SHA-256 of its signature. */
export function pulseOf(round: bigint, signature: Uint8Array): Pulse {
  const randomness = u8aToHex(createHash('sha256').update(signature).digest());
  return { round, randomness, signature: u8aToHex(signature) };
}
