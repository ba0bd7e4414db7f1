import type { Hotkey } from '../common/identifiers.js';
import type { Log } from '../common/log.js';
import { readCommitment } from './commitment-fields.js';
import { commitmentLayout } from './commitment-layout.js';
import { hotkeyOf } from './neuron-fields.js';
import type { StorageItem } from './runtime.js';
import type { StateReader } from './state-reader.js';

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
export async function readCommitments(reader: StateReader, netuid: number, log: Log): Promise<Commitment[]> {
  const map = reader.runtime.storage('commitments', 'commitmentOf');
  if (map === undefined) return [];
  const layout = commitmentLayout(reader.runtime.registry.lookup, map.valueType);
  const commitments: Commitment[] = [];
  for (const { item, key, value } of await reader.rawEntries('commitments', 'commitmentOf', netuid)) {
    const stored = readCommitment(layout, Buffer.from(value.slice(2), 'hex'));
    const hotkey = accountOf(item, key);
    if (stored === undefined || hotkey === undefined) {
      log.debug(`A commitment on subnet ${netuid} cannot be decoded: ${key}`);
      continue;
    }
    commitments.push({ hotkey, ...stored });
  }
  return commitments;
}

function accountOf(item: StorageItem, key: string): Hotkey | undefined {
  try {
    return hotkeyOf(item.argsOf(key).at(-1)?.toString());
  } catch {
    return undefined; // a key that is too short for an account
  }
}
