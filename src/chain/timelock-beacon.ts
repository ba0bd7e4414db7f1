import { hexToU8a } from '@polkadot/util';
import { type Beacon, QUICKNET } from '../common/timelock/index.js';
import type { BlockState } from './block-state.js';
import { asHex, asNumber, asRecord } from './json-shape.js';

/**
 * The drand network whose pulses the chain stores, and the newest round it has (0 without any). A runtime that does not
 * describe its beacon uses quicknet.
 * @throws HealthTensorError CHAIN_BAD_ANSWER; outages
 */
export async function readBeacon(state: BlockState): Promise<{ beacon: Beacon; lastStoredRound: number }> {
  const [config, last] = await state.values([
    ['drand', 'beaconConfig'],
    ['drand', 'lastStoredRound'],
  ]);
  const lastStoredRound = asNumber(last ?? 0, 'LastStoredRound');
  if (config === undefined) return { beacon: QUICKNET, lastStoredRound };
  const fields = asRecord(config, 'BeaconConfig');
  const beacon = {
    publicKey: hexToU8a(asHex(fields['publicKey'], "the beacon's public key")),
    genesisTime: asNumber(fields['genesisTime'], "the beacon's genesis time"),
    period: Math.max(1, asNumber(fields['period'], "the beacon's period")),
  };
  return { beacon, lastStoredRound };
}
