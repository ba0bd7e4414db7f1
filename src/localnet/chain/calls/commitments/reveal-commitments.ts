import { hexToU8a, u8aToHex } from '@polkadot/util';
import { opened } from '../drand/opened.js';
import { CommitmentsItems, DrandItems, type Account, type CommitmentData } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { CallContext } from '../call.js';
import { timelockedField, type Timelocked } from './space.js';
import { markTimelocked } from './timelocked-index.js';

/** Reveals kept of each hotkey. */
const MAX_REVEALS = 10;

/**
 * Opens every timelocked field whose pulse is on chain, at the start of a block (pallet_commitments
 * reveal_timelocked_commitments). What cannot be opened goes without a word; a commitment of which nothing is left goes
 * too, and only LastCommitment still tells its block.
 */
export function revealCommitments(context: CallContext): void {
  for (const [netuid, who] of context.storage.get(CommitmentsItems.timelockedIndex)) {
    revealOne(context, netuid, who);
  }
}

function revealOne({ storage, block, deposit }: CallContext, netuid: number, who: Account): void {
  const registration = storage.get(CommitmentsItems.commitmentOf, netuid, who);
  if (registration === undefined) {
    markTimelocked(storage, netuid, who, false);
    return;
  }
  const { fields } = registration.info;
  const left = fields.filter((field) => pulseOf(storage, timelockedField(field)) === undefined);
  if (left.length === fields.length) return;
  const revealed = fields.flatMap((field) => revealedBytes(storage, field) ?? []);
  for (let i = 0; i < revealed.length; i += 1) deposit('Commitments', 'CommitmentRevealed', { netuid, who });
  if (revealed.length > 0) {
    const before = storage.get(CommitmentsItems.revealedCommitments, netuid, who) ?? [];
    const reveals = [...before, ...revealed.map((bytes) => [bytes, BigInt(block)] as const)];
    storage.set(CommitmentsItems.revealedCommitments, [netuid, who], reveals.slice(-MAX_REVEALS));
  }
  if (left.length === 0) storage.remove(CommitmentsItems.commitmentOf, netuid, who);
  else storage.set(CommitmentsItems.commitmentOf, [netuid, who], { ...registration, info: { fields: left } });
  if (left.every((field) => timelockedField(field) === undefined))
    markTimelocked(storage, netuid, who, false);
}

function pulseOf(storage: StorageReader, field: Timelocked | undefined) {
  return field && storage.get(DrandItems.pulses, field.reveal_round);
}

/** What a timelocked field held; undefined while it is closed, and when it cannot be opened or is empty. */
function revealedBytes(storage: StorageReader, field: CommitmentData): string | undefined {
  const timelocked = timelockedField(field);
  const pulse = pulseOf(storage, timelocked);
  if (timelocked === undefined || pulse === undefined) return undefined;
  const bytes = opened(hexToU8a(timelocked.encrypted), hexToU8a(pulse.signature));
  return bytes === undefined || bytes.length === 0 ? undefined : u8aToHex(bytes);
}
