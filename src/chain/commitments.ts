import type { Hotkey } from '../common/identifiers.js';
import type { BlockState } from './block-state.js';
import { readCommitment, readReveals, type StoredCommitment } from './commitment-decoder.js';
import { commitmentLayout } from './commitment-layout.js';
import { hotkeyOf } from './neuron-fields.js';

export interface Commitment extends StoredCommitment {
  readonly hotkey: Hotkey;
}

/**
 * The latest commitment of every account that ever made one on the subnet, whatever it holds. Commitments outlive
 * registrations: join them with the metagraph and with registration blocks. An account whose whole commitment was
 * timelocked and then opened has the status `revealed`.
 * @throws HealthTensorError RUNTIME_UNKNOWN when a newer runtime stores commitments in another shape; outages
 */
export async function readCommitments(state: BlockState, netuid: number): Promise<Commitment[]> {
  const stored = await state.entries('commitments', 'commitmentOf', netuid);
  const revealed = await state.entries('commitments', 'revealedCommitments', netuid);
  const commitments = new Map<Hotkey, StoredCommitment>();
  for (const [key, bytes] of revealed) commitments.set(accountOf(key), readReveals(bytes));
  const type = stored.length > 0 ? state.valueType('commitments', 'commitmentOf') : undefined;
  if (type !== undefined) {
    const layout = commitmentLayout(type.registry, type.id);
    for (const [key, bytes] of stored) commitments.set(accountOf(key), readCommitment(bytes, layout));
  }
  return [...commitments].map(([hotkey, commitment]) => ({ hotkey, ...commitment }));
}

function accountOf(key: { args: readonly { toString(): string }[] }): Hotkey {
  return hotkeyOf(key.args.at(-1)?.toString());
}
