import type { Chain, WeightCommit } from '../chain/index.js';
import { HealthTensorError, type Log } from '../common/index.js';
import type { CommitStore, RevealStatus } from './commit-store.js';

export interface RevealContext {
  readonly chain: Pick<Chain, 'commitOutcome' | 'revealWeights' | 'waitForBlock'>;
  readonly signer: Parameters<Chain['revealWeights']>[0];
  readonly store: { readonly commits: CommitStore };
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Looks after every commit that has not come to its end: reveals salted ones in their window, notes what the chain has
 * revealed, and raises the alarm for what it has not. The chain itself never says that it dropped one.
 * @throws HealthTensorError when the chain is out of reach
 */
export async function followCommits(context: RevealContext): Promise<void> {
  const { chain, signer, store, log, signal } = context;
  for (const { commit, state } of store.commits.open()) {
    signal?.throwIfAborted();
    const outcome = await chain.commitOutcome(commit);
    switch (outcome.kind) {
      case 'unsent':
        store.commits.settle(commit, 'unsent');
        log.warning(`The weights sent after block ${commit.headBlock} were taken into no block.`);
        break;
      case 'waiting':
        if (state === 'sent' && outcome.commit.commitBlock !== undefined) {
          store.commits.included(outcome.commit);
          log.info(
            `The weights sent after block ${commit.headBlock} are in block ${outcome.commit.commitBlock}.`,
          );
        }
        break;
      case 'reveal-now': {
        const result = await chain.revealWeights(signer, outcome.commit, signal);
        // Whether it worked is for the next look at the chain to say.
        if (!result.ok) log.warning(`Weights not revealed: ${result.name}: ${result.detail}`);
        break;
      }
      case 'revealed': {
        store.commits.settle(commit, 'revealed');
        const where = outcome.block === undefined ? '' : ` in block ${outcome.block}`;
        log.success(`Weights of block ${commit.commitBlock ?? commit.headBlock} revealed${where}`);
        break;
      }
      case 'missed':
        store.commits.settle(commit, 'missed', outcome.reason);
        log.error(alarm(commit, outcome.reason, store.commits.status()));
        break;
    }
  }
}

/**
 * Waits until no commit is hidden any more; outages are waited out.
 * @throws HealthTensorError WEIGHTS_NOT_REVEALED when the newest one was missed; CHAIN_STALLED
 */
export async function waitForReveals(context: RevealContext): Promise<void> {
  const { chain, store, log, signal } = context;
  const newest = store.commits.open().at(-1)?.commit;
  if (newest === undefined) return;
  log.info(`Waiting for the weights to be revealed: ${whenOf(newest)}`);
  for (let head = await chain.waitForBlock(0, signal); store.commits.open().length > 0;) {
    try {
      await followCommits(context);
    } catch (error) {
      if (!(error instanceof HealthTensorError && error.code.startsWith('CHAIN_'))) throw error;
      log.warning(`The commits cannot be followed at the moment: ${error.message}`);
    }
    if (store.commits.open().length > 0) head = await chain.waitForBlock(head + 1, signal);
  }
  const { last } = store.commits.status();
  if (last?.state !== 'missed' || last.commit.commitHash !== newest.commitHash) return;
  throw new HealthTensorError('WEIGHTS_NOT_REVEALED', `The weights were not revealed: ${last.reason}.`, {
    remedy: 'Start again to commit them anew; the scores are kept.',
  });
}

/** What a validator says at its start, or when asked, about weights that are hidden or lost; undefined when all is well. */
export function revealNotice({ open, last, missedInARow }: RevealStatus): string | undefined {
  const parts: string[] = [];
  if (last?.state === 'missed') {
    const times = missedInARow === 1 ? '' : ` (${missedInARow} in a row)`;
    const { commitBlock, headBlock } = last.commit;
    parts.push(`the last commit was NOT revealed${times}: block ${commitBlock ?? headBlock}, ${last.reason}`);
  }
  for (const { commit } of open) parts.push(`committed weights are still hidden: ${whenOf(commit)}`);
  return parts.length === 0 ? undefined : `Commit-reveal: ${parts.join('; ')}`;
}

/** When the chain reveals a commit, in words. */
export function whenOf({ firstRevealBlock, lastRevealBlock, revealRound }: WeightCommit): string {
  const round = revealRound === undefined ? '' : `, with round ${revealRound} of drand`;
  return `in blocks ${firstRevealBlock} to ${lastRevealBlock}${round}`;
}

function alarm(commit: WeightCommit, reason: string, { missedInARow }: RevealStatus): string {
  const { commitBlock, headBlock, firstRevealBlock, lastRevealBlock } = commit;
  return (
    `ALARM: the weights committed in block ${commitBlock ?? headBlock} were not revealed in blocks ` +
    `${firstRevealBlock} to ${lastRevealBlock}: ${reason}. The chain still holds the weights from before` +
    `${missedInARow > 1 ? ` (${missedInARow} times in a row)` : ''}; new ones are committed when they are due.`
  );
}
