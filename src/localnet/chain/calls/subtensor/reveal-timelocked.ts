import { hexToU8a } from '@polkadot/util';
import { DrandItems, SubtensorItems, type TimelockedCommit } from '../../state/items.js';
import type { CallContext } from '../call.js';
import { DispatchFailure } from '../dispatch-error.js';
import { opened } from '../drand/opened.js';
import { epochWithLookahead } from './epoch-schedule.js';
import { applyWeights, mechanismIndex } from './weights.js';
import { readWeightsPayload } from './weights-payload.js';

/**
 * Reveals what is due of a subnet, at the start of a block and before its epoch (subtensor
 * reveal_crv3_commits_for_subnet): commits of the epoch that lies RevealPeriodEpochs back, as soon as the pulse of
 * their round is on chain. Without it they wait for the next block, until the epoch is over; older ones are dropped.
 * Whatever else is wrong with a commit drops it, and tells nobody.
 */
export function revealTimelockedWeights(context: CallContext, netuid: number): void {
  const { storage, block } = context;
  const period = storage.get(SubtensorItems.revealPeriodEpochs, netuid);
  const now = epochWithLookahead(storage, netuid, block);
  const due = now > period ? now - period : 0n;
  const mechanisms = storage.get(SubtensorItems.mechanismCount, netuid);
  for (let mecid = 0; mecid < mechanisms; mecid += 1) {
    const index = mechanismIndex(netuid, mecid);
    for (const epoch of storage.lastKeys(SubtensorItems.timelockedCommits, index)) {
      if (epoch < due) storage.remove(SubtensorItems.timelockedCommits, index, epoch);
    }
    if (now < period) return;
    const commits = storage.get(SubtensorItems.timelockedCommits, index, due);
    if (commits.length === 0) continue;
    const waiting = commits.filter((commit) => !revealed(context, netuid, mecid, commit));
    if (waiting.length === 0) storage.remove(SubtensorItems.timelockedCommits, index, due);
    else if (waiting.length < commits.length) {
      storage.set(SubtensorItems.timelockedCommits, [index, due], waiting);
    }
  }
}

/** False when the commit has to wait for its pulse; true when it is done with, for good or ill. */
function revealed(context: CallContext, netuid: number, mecid: number, commit: TimelockedCommit): boolean {
  const [who, , ciphertext, round] = commit;
  const pulse = context.storage.get(DrandItems.pulses, round);
  if (pulse === undefined) return false;
  const plain = opened(hexToU8a(ciphertext), hexToU8a(pulse.signature));
  const payload = plain && readWeightsPayload(plain, who);
  if (payload === undefined) return true;
  const { uids, values, version_key } = payload;
  try {
    applyWeights(context, who, { netuid, mecid, dests: uids, weights: values, version_key });
  } catch (error) {
    if (error instanceof DispatchFailure) return true;
    throw error;
  }
  context.deposit('SubtensorModule', 'TimelockedWeightsRevealed', [mechanismIndex(netuid, mecid), who]);
  return true;
}
