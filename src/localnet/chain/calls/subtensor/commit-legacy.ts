import { SubtensorItems, type Account, type WeightCommit } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { Call, CallContext, CheckContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { commitError, commitFacts, stakeRefusal, type Mechanism } from './commit-rules.js';
import { customErrorCode } from './custom-error.js';
import { epochWithLookahead } from './epoch-schedule.js';
import { mechanismIndex, touchLastUpdate } from './weights.js';

interface CommitHash {
  readonly netuid: number;
  readonly commit_hash: string;
}

/** Where in its life a commit of `epoch` stands at `block`: it is revealed in exactly one epoch. */
export function revealWindow(
  storage: StorageReader,
  netuid: number,
  epoch: bigint,
  block: number,
): 'early' | 'open' | 'expired' {
  const now = epochWithLookahead(storage, netuid, block);
  const revealed = epoch + storage.get(SubtensorItems.revealPeriodEpochs, netuid);
  return now === revealed ? 'open' : now < revealed ? 'early' : 'expired';
}

/** Splits the commits that expired off the front of a queue. */
export function withoutExpired(
  storage: StorageReader,
  netuid: number,
  commits: readonly WeightCommit[],
  block: number,
): { expired: readonly WeightCommit[]; waiting: readonly WeightCommit[] } {
  const fresh = commits.findIndex(([, epoch]) => revealWindow(storage, netuid, epoch, block) !== 'expired');
  const from = fresh < 0 ? commits.length : fresh;
  return { expired: commits.slice(0, from), waiting: commits.slice(from) };
}

/** The pool's checks: stake, then the rate limit of a hotkey that has a uid. */
function check(context: CheckContext, hotkey: Account, mechanism: Mechanism): number | undefined {
  const refusal = stakeRefusal(context, hotkey, mechanism.netuid);
  if (refusal !== undefined) return refusal;
  const facts = commitFacts(context.storage, mechanism, hotkey, context.block);
  const tooFast = facts.uid !== undefined && !facts.withinRateLimit;
  return tooFast ? customErrorCode('CommittingWeightsTooFast') : undefined;
}

function dispatch(context: CallContext, hotkey: Account, args: CommitHash & Mechanism): void {
  const { storage, block, deposit } = context;
  const { netuid, mecid, commit_hash } = args;
  const index = mechanismIndex(netuid, mecid);
  const commits = storage.get(SubtensorItems.weightCommits, index, hotkey) ?? [];
  const { waiting } = withoutExpired(storage, netuid, commits, block);
  const facts = {
    ...commitFacts(storage, args, hotkey, block),
    versionFits: true,
    unrevealed: waiting.length,
  };
  ensureSubtensor(commitError(facts));
  const added = [commit_hash, epochWithLookahead(storage, netuid, block), BigInt(block), 0n] as const;
  storage.set(SubtensorItems.weightCommits, [index, hotkey], [...waiting, added]);
  deposit('SubtensorModule', 'WeightsCommitted', [hotkey, index, commit_hash]);
  if (facts.uid !== undefined) touchLastUpdate(storage, index, facts.uid, block);
}

export const commitWeights: Call<CommitHash> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, { netuid }) => check(context, signer, { netuid, mecid: 0 }),
  dispatch: (context, signer, args) => dispatch(context, signer, { ...args, mecid: 0 }),
};

export const commitMechanismWeights: Call<CommitHash & Mechanism> = {
  class: 'Normal',
  pays: false,
  check,
  dispatch,
};
