import type { BlockState } from './block-state.js';
import { asBigInt, asNumber, asRecord } from './json-shape.js';
import { coldkeyOf } from './neuron-fields.js';

/** What a subnet is and demands, and when the chain is, at one block. */
export interface SubnetFacts {
  readonly block: number;
  /** The block's own time, in ms since 1970. */
  readonly blockTimeMs: number;
  readonly specVersion: number;
  /** As the owner wrote it, printable characters only; undefined when there is none. */
  readonly name: string | undefined;
  /** SS58 of the owner's coldkey. */
  readonly owner: string | undefined;
  /** Total stake (in rao) below which nobody may set weights. */
  readonly stakeThresholdRao: bigint;
}

export async function readSubnetFacts(state: BlockState, netuid: number): Promise<SubnetFacts> {
  const [now, owner, identity, threshold] = await state.values([
    ['timestamp', 'now'],
    ['subtensorModule', 'subnetOwner', netuid],
    ['subtensorModule', 'subnetIdentitiesV3', netuid],
    ['subtensorModule', 'stakeThreshold'],
  ]);
  return {
    block: state.block.number,
    blockTimeMs: asNumber(now, 'the time of a block'),
    specVersion: state.specVersion,
    name: identity === undefined ? undefined : printable(asRecord(identity, 'an identity')['subnetName']),
    owner: owner === undefined ? undefined : coldkeyOf(owner),
    stakeThresholdRao: asBigInt(threshold ?? 0, 'StakeThreshold'),
  };
}

/** Bytes of a stranger, for a terminal. */
function printable(hex: unknown): string | undefined {
  if (typeof hex !== 'string' || !/^0x([0-9a-f]{2})*$/i.test(hex)) return undefined;
  const text = Buffer.from(hex.slice(2), 'hex')
    .toString('utf8')
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '')
    .trim();
  return text === '' ? undefined : text.slice(0, 64);
}
