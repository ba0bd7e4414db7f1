import type { Hotkey } from '../common/identifiers.js';
import type { Log } from '../common/log.js';
import type { BlockState } from './block-state.js';
import { readCommitment } from './commitment-fields.js';
import { hotkeyOf } from './neuron-fields.js';

export interface Commitment {
  readonly hotkey: Hotkey;
  /** The block in which it was committed. */
  readonly block: number;
  /** undefined when it is not one Raw or BigRaw field of UTF-8. */
  readonly text: string | undefined;
}

/**
 * The latest commitment of every account that ever made one on the subnet. Commitments outlive registrations: join
 * them with the metagraph and with registration blocks.
 */
export async function readCommitments(state: BlockState, netuid: number, log: Log): Promise<Commitment[]> {
  const commitments: Commitment[] = [];
  for (const [key, value] of await state.entries('commitments', 'commitmentOf', netuid)) {
    if (value === undefined) log.debug(`A commitment on subnet ${netuid} cannot be decoded: ${key.toHex()}`);
    else commitments.push({ hotkey: hotkeyOf(key.args.at(-1)?.toString()), ...readCommitment(value) });
  }
  return commitments;
}
