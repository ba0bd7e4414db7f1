import { type Hotkey, type Coldkey, type Uid } from '../common/identifiers.js';
import type { Log } from '../common/log.js';
import { messageOf } from '../common/errors.js';
import type { Axon } from './axon.js';
import type { BlockState } from './block-state.js';
import { missingSubnet } from './hyperparameters.js';
import { neuronsFromLite } from './neurons-lite.js';
import { neuronsFromSelective } from './neurons-selective.js';
import { neuronsFromStorage } from './neurons-storage.js';
import { isOutage } from './rpc-errors.js';

export interface Neuron {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  /** Total stake (inherited, weighted) where the runtime offers it, else the hotkey's alpha on the subnet. */
  readonly stakeTao: number;
  readonly validatorPermit: boolean;
  /** Block in which it last set or committed weights, or was registered. */
  readonly lastUpdate: number;
  readonly registrationBlock: number;
  readonly active: boolean;
  /** 0..1 */
  readonly incentive: number;
  /** Of the last epoch, in alpha tokens (1e9 rao). */
  readonly emission: number;
  /** Undefined when the neuron announced none. */
  readonly axon: Axon | undefined;
}

/** All neurons of a subnet at one block. */
export interface Metagraph {
  readonly netuid: number;
  readonly block: number;
  readonly blockHash: string;
  /** In order of uid. */
  readonly neurons: readonly Neuron[];
  uidOf(hotkey: string): Uid | undefined;
}

/** Where neurons can be read, best first: fewest bytes, and total stake. */
const SOURCES = [neuronsFromSelective, neuronsFromLite, neuronsFromStorage];

/**
 * The subnet at the block of `state`, from the best source that this runtime has and that answers.
 * @throws HealthTensorError SUBNET_MISSING; outages; CHAIN_BAD_ANSWER when no source gives sense.
 */
export async function readMetagraph(state: BlockState, netuid: number, log: Log): Promise<Metagraph> {
  const added = await state.value('subtensorModule', 'networksAdded', netuid);
  if (added === false) throw missingSubnet(netuid);
  let failure: unknown;
  for (const source of SOURCES) {
    try {
      const neurons = await source(state, netuid);
      if (neurons !== undefined) return metagraphOf(state, netuid, neurons);
    } catch (error) {
      if (isOutage(error)) throw error;
      log.debug(`${source.name} of subnet ${netuid}: ${messageOf(error)}`);
      failure = error;
    }
  }
  throw failure;
}

function metagraphOf(state: BlockState, netuid: number, unordered: readonly Neuron[]): Metagraph {
  const neurons = [...unordered].sort((a, b) => a.uid - b.uid);
  const uids = new Map<string, Uid>(neurons.map(({ hotkey, uid }) => [hotkey, uid]));
  const { number: block, hash: blockHash } = state.block;
  return { netuid, block, blockHash, neurons, uidOf: (hotkey) => uids.get(hotkey) };
}
