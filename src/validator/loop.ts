import type { Chain } from '../chain/index.js';
import { HealthTensorError, type Log, messageOf, pause } from '../common/index.js';
import type { DatasetRefresh } from './dataset-refresh.js';
import { roundBlockOf } from './epoch.js';
import { leaderboard } from './leaderboard.js';
import type { RoundReport } from './report.js';
import { type ReportPaths, writeReports } from './reports-file.js';
import { runRound, type RoundContext } from './round.js';
import { isDamage } from './state-backup.js';
import type { Store } from './store.js';
import { revealNotice, waitForReveals } from './weight-reveals.js';
import { setWeightsIfDue, type WeightContext, type WeightOutcome } from './weight-setting.js';

export interface LoopContext extends Omit<RoundContext, 'chain'>, Pick<WeightContext, 'signer'> {
  readonly chain: Chain;
  readonly files: ReportPaths;
  readonly refresh: Pick<DatasetRefresh, 'refreshIfMoved'>;
}

// After so many failures in a row something is wrong that waiting does not mend: the process manager shall know.
const MOST_FAILURES = 50;
const FINAL_TRIES = 10;
const BACKUP_BLOCKS = 300;
/** Blocks on top of a round's: what is that deep is not replaced by a fork's, and its hash is the same for every validator. */
const DEPTH_BLOCKS = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Round after round, each at a multiple of the query time, and the weights when they are due. A round that fails
 * changes nothing and is followed by the next; commits are revealed and weights set all the same, from the scores that stand.
 * @throws HealthTensorError NOT_REGISTERED, STATE_DAMAGED, ROUNDS_FAIL, WEIGHTS_NOT_SET, WEIGHTS_NOT_REVEALED; the signal's reason
 */
export async function runRounds(context: LoopContext): Promise<void> {
  const { chain, settings, signal, store } = context;
  let next = (store.lastReport()?.block ?? -settings.queryTime) + settings.queryTime;
  let failures = 0;
  let backedUp: number | undefined;
  let weights: WeightOutcome | undefined;
  for (let judgedRounds = 0; settings.rounds === undefined || judgedRounds < settings.rounds;) {
    signal?.throwIfAborted();
    try {
      weights = undefined;
      const head = await chain.waitForBlock(next + DEPTH_BLOCKS, signal);
      const block = roundBlockOf(head - DEPTH_BLOCKS, settings.queryTime);
      next = block + settings.queryTime;
      const round = await judge(context, block);
      if (round.report !== undefined) {
        backedUp = await careForState(context, round.report, backedUp);
        if (isWhole(round.report)) judgedRounds++;
      }
      weights = await setWeightsIfDue(context);
      if (round.report === undefined) throw round.error;
      failures = 0;
    } catch (error) {
      signal?.throwIfAborted();
      failures++;
      await recover(context, error, failures);
    }
  }
  if (weights?.kind !== 'set' && weights?.kind !== 'committed') await setFinalWeights(context);
  if (!settings.disableSetWeights) await waitForReveals(context);
}

/** A round and its report; or why there is none, when weights may be set nevertheless. */
async function judge(
  context: LoopContext,
  block: number,
): Promise<{ report: RoundReport } | { report: undefined; error: unknown }> {
  const { store, files, signer, log, signal } = context;
  try {
    await refreshData(context, block);
    const report = await runRound(context, block);
    await writeReports(files, store, signer).catch((error: unknown) => {
      log.error(
        `The report of round ${block} is not in its file yet, the next round tries again: ${messageOf(error)}`,
      );
    });
    logRound(context, report);
    return { report };
  } catch (error) {
    signal?.throwIfAborted();
    if (endsTheProcess(error)) throw error;
    return { report: undefined, error };
  }
}

/**
 * With the first round and once an hour: forgets what is old, and copies the state. Returns the block of the last time.
 * @throws what SQLite says of a damaged state: to go on with that would only add to what is lost
 */
export async function careForState(
  { store, log }: { readonly store: Pick<Store, 'pruneAndBackUp'>; readonly log: Log },
  report: Pick<RoundReport, 'block' | 'data'>,
  last: number | undefined,
): Promise<number> {
  if (last !== undefined && report.block - last < BACKUP_BLOCKS) return last;
  try {
    await store.pruneAndBackUp(report);
  } catch (error) {
    if (isDamage(error)) throw error;
    log.warning(`No copy of the state could be written: ${messageOf(error)}`);
  }
  return report.block;
}

async function refreshData({ refresh, data, settings }: LoopContext, block: number): Promise<void> {
  const epoch = Math.floor(block / settings.epochLength);
  const { moved } = await refresh.refreshIfMoved(epoch);
  if (moved) data.reopen();
}

/**
 * Whether a round counts among those that the operator asked for: whoever wants N rounds wants models judged N times, all
 * of them. A model that was committed a moment too late for the round's images is in the next one.
 */
export function isWhole({ results }: Pick<RoundReport, 'results'>): boolean {
  return (
    results.some(({ repo, outcome }) => repo !== undefined && outcome !== 'kept') &&
    !results.some(({ code }) => code === 'AWAITING_SAMPLE')
  );
}

/** Says what failed and waits a little; rethrows what waiting does not mend. */
async function recover({ log, signal }: LoopContext, error: unknown, failures: number): Promise<void> {
  if (isDamage(error)) {
    throw new HealthTensorError('STATE_DAMAGED', `The state is damaged: ${messageOf(error)}`, {
      remedy: 'Start again: the last good copy takes its place.',
      cause: error,
    });
  }
  if (endsTheProcess(error)) throw error;
  const remedy = error instanceof HealthTensorError ? error.remedy : undefined;
  if (failures >= MOST_FAILURES) {
    const message = `${failures} rounds failed in a row, the last one because: ${messageOf(error)}`;
    throw new HealthTensorError('ROUNDS_FAIL', message, {
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  log.error(
    `The round failed (${codeOf(error)}): ${messageOf(error)}${remedy === undefined ? '' : ` ${remedy}`} ` +
      'Scores stay as they are.',
  );
  await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), signal);
}

/** Ours, or the system's (ENOSPC, SQLITE_FULL). */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : 'UNKNOWN';
}

/** What the next round does not mend; a mistake in this program shall be seen, not repeated for ever. */
function endsTheProcess(error: unknown): boolean {
  return (
    isDamage(error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    (error instanceof HealthTensorError && error.code === 'NOT_REGISTERED')
  );
}

/** After the last round: waits until the weights may be set, so that they tell what was found. */
async function setFinalWeights(context: LoopContext): Promise<void> {
  const { chain, log, signal } = context;
  let failures = 0;
  while (failures < FINAL_TRIES) {
    const outcome = await setWeightsIfDue(context);
    if (outcome.kind === 'failed') {
      failures++;
      if (!outcome.retryable) break;
      await chain.waitForBlock((await chain.blockNumber()) + 1, signal);
    } else if (outcome.kind === 'not-due') {
      log.info(`Waiting for block ${outcome.due} to set the weights`);
      await chain.waitForBlock(outcome.due, signal);
    } else {
      return;
    }
  }
  throw new HealthTensorError('WEIGHTS_NOT_SET', 'The rounds are over, but the weights could not be set.');
}

function logRound({ log, store }: LoopContext, report: RoundReport): void {
  for (const { uid, hotkey, outcome, rank, loss, meanAuroc, code, detail, score } of report.results) {
    const who = `Miner ${uid} (${hotkey.slice(0, 8)})`;
    if (outcome === 'valid') {
      const auroc = meanAuroc === undefined ? '' : `, mean AUROC ${meanAuroc.toFixed(4)}`;
      log.info(
        `${who}: rank ${(rank ?? 0) + 1}, loss ${loss?.toFixed(6)}${auroc}, score ${score.toFixed(3)}`,
      );
    } else if (outcome === 'kept') {
      log.warning(`${who}: not judged, score stays ${score.toFixed(3)}: ${detail}`);
    } else if (code !== 'NO_COMMITMENT') {
      log.warning(`${who}: ${code}: ${detail}; score ${score.toFixed(3)}`);
    }
  }
  const [best] = leaderboard(store);
  const images = report.samples.reduce((sum, sample) => sum + sample.images, 0);
  const leader =
    best && best.score > 0 ? `; uid ${best.uid} leads with ${(100 * best.share).toFixed(1)} %` : '';
  log.success(`Round ${report.block} done on ${images} images of ${report.samples.length} samples${leader}`);
  const status = store.commits.status();
  if (status.last?.state === 'missed') log.warning(revealNotice(status) ?? '');
}
