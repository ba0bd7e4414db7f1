import { HealthTensorError } from '../common/errors.js';

/**
 * When a subnet's epochs fire. Since dynamic tempo (spec 424 at the latest) that is state, not arithmetic: owners change
 * the tempo and trigger epochs, and a full block defers them (subtensor run_coinbase.rs, should_run_epoch).
 */
export interface StatefulSchedule {
  readonly kind: 'stateful';
  /** The block after which the state was read. */
  readonly head: number;
  /** Blocks from epoch to epoch. */
  readonly tempo: number;
  readonly lastEpochBlock: number;
  /** From this block on an epoch is due whatever the tempo says; 0: none was triggered or deferred. */
  readonly pendingEpochAt: number;
  /** How many epochs have fired. */
  readonly epochIndex: number;
  readonly blocksSinceLastStep: number;
}

/**
 * Older runtimes (spec 393) count by the block number alone: block b lies in epoch (b + netuid + 1) / (tempo + 1), and a
 * commit in the last block of an epoch, the one that runs it, belongs to the next. They have no other rule, so that
 * theirs is followed where the items of the stateful one are missing, and nowhere else.
 */
export interface CountedSchedule {
  readonly kind: 'counted';
  readonly head: number;
  readonly netuid: number;
  readonly tempo: number;
}

export type EpochSchedule = StatefulSchedule | CountedSchedule;

/** In which blocks the chain reveals a commit, both inclusive. */
export interface RevealWindow {
  /** The epoch that the chain files the commit under. */
  readonly commitEpoch: number;
  readonly firstRevealBlock: number;
  readonly lastRevealBlock: number;
}

/** subtensor MAX_TEMPO: longer than this without a successful epoch, and one is due. */
const MAX_TEMPO = 50_400;

/**
 * Where a commit in `commitBlock` is filed and when it is revealed, if nobody touches the tempo until then: by going
 * through the blocks one by one as the chain will. The deferral of MaxEpochsPerBlock is not foreseen; it makes reveals
 * later by a block or two.
 * @param o.commitBlock the head's own block (already executed) or a later one
 * @param o.period RevealPeriodEpochs, at least 1
 * @throws HealthTensorError NO_EPOCHS when the subnet's tempo is 0
 */
export function predictReveal(
  schedule: EpochSchedule,
  o: { commitBlock: number; period: number; salted?: boolean },
): RevealWindow {
  if (schedule.tempo === 0) throw noEpochs();
  return schedule.kind === 'stateful' ? simulate(schedule, o) : count(schedule, o);
}

/** The epoch that a commit or reveal in the block after the head belongs to. @throws HealthTensorError NO_EPOCHS */
export function epochOfNextBlock(schedule: EpochSchedule): number {
  return predictReveal(schedule, { commitBlock: schedule.head + 1, period: 1, salted: true }).commitEpoch;
}

/** The first block after the head in which an epoch fires; undefined when the subnet has none (tempo 0). */
export function nextEpochBlock(schedule: EpochSchedule): number | undefined {
  if (schedule.tempo === 0) return undefined;
  const { head, tempo } = schedule;
  if (schedule.kind === 'counted') {
    const next = head + 1 + schedule.netuid + 1;
    return head + 1 + (tempo - (next % (tempo + 1)));
  }
  const state = new Simulation(schedule);
  for (let block = head + 1; ; block++) if (state.run(block)) return block;
}

/** Whether an epoch has come between `block` and the head, so that what was said in that block may be said otherwise now. */
export function hadEpochSince(schedule: EpochSchedule, block: number): boolean {
  if (schedule.kind === 'stateful') return schedule.lastEpochBlock > block;
  // Counted epochs begin with the block after the one that runs them.
  const next = nextEpochBlock({ ...schedule, head: block - 1 });
  return next !== undefined && next <= schedule.head;
}

function simulate(schedule: StatefulSchedule, o: { commitBlock: number; period: number }): RevealWindow {
  const state = new Simulation(schedule);
  let block = schedule.head;
  while (block < o.commitBlock) state.run(++block);
  const commitEpoch = state.epochBefore(o.commitBlock);
  const revealEpoch = commitEpoch + o.period;
  // Reveals look at the beginning of a block, before its epoch is run.
  let firstRevealBlock: number | undefined;
  for (;;) {
    const epoch = state.epochBefore(++block);
    if (epoch > revealEpoch && firstRevealBlock !== undefined) break;
    if (epoch === revealEpoch) firstRevealBlock ??= block;
    state.run(block);
  }
  return { commitEpoch, firstRevealBlock, lastRevealBlock: block - 1 };
}

/** The state of one subnet's epochs, block after block. */
class Simulation {
  readonly #tempo: number;
  #last: number;
  #pending: number;
  #index: number;
  #sinceStep: number;

  constructor(schedule: StatefulSchedule) {
    this.#tempo = schedule.tempo;
    this.#last = schedule.lastEpochBlock;
    this.#pending = schedule.pendingEpochAt;
    this.#index = schedule.epochIndex;
    this.#sinceStep = schedule.blocksSinceLastStep;
  }

  /** The epoch as reveals and extrinsics of the block see it: one more when an epoch is due that has not been run. */
  epochBefore(block: number): number {
    return this.#index + (this.#isDue(block) ? 1 : 0);
  }

  /** Runs the block's epoch when it is due, and says whether it was. */
  run(block: number): boolean {
    this.#sinceStep++;
    if (!this.#isDue(block)) return false;
    this.#last = block;
    this.#pending = 0;
    this.#index++;
    this.#sinceStep = 0;
    return true;
  }

  #isDue(block: number): boolean {
    if (this.#pending > 0 && block >= this.#pending) return true;
    return this.#sinceStep > MAX_TEMPO || block - this.#last >= this.#tempo;
  }
}

function count(
  { netuid, tempo }: CountedSchedule,
  o: { commitBlock: number; period: number; salted?: boolean },
): RevealWindow {
  const length = tempo + 1;
  const counted = o.commitBlock + netuid + 1;
  // Salted commits are filed under their block, and the runtime derives the epoch from that without looking ahead.
  const runsEpoch = o.salted !== true && counted % length === tempo;
  const commitEpoch = Math.floor(counted / length) + (runsEpoch ? 1 : 0);
  const firstRevealBlock = (commitEpoch + o.period) * length - (netuid + 1);
  return { commitEpoch, firstRevealBlock, lastRevealBlock: firstRevealBlock + tempo };
}

function noEpochs(): HealthTensorError {
  return new HealthTensorError(
    'NO_EPOCHS',
    'The subnet has tempo 0: it runs no epochs, nothing is revealed',
    {
      remedy: "Ask the subnet's owner for a tempo.",
    },
  );
}
