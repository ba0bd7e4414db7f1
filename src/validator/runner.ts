import type { Candidate } from './candidate.js';
import type { Evidence } from './evidence.js';
import { type Racer, waitingOf } from './intake.js';
import type { KeptCode } from './kept-codes.js';
import type { Entry } from './model-identity.js';
import type { Waiting } from './report.js';

/** A miner in the race, with the model that stands for it. */
export interface Runner {
  readonly racer: Racer;
  entry: Entry;
  evidence: Evidence;
  waiting?: Waiting;
  /** Why it is out, when it has neither evidence nor an older model. */
  out?: { readonly code: KeptCode; readonly reason: string };
}

/** Puts the miner's older model in the place of one that cannot be judged now; without one the miner is out. */
export function fallBack(
  runner: Runner,
  evidenceOf: (entry: Entry) => Evidence,
  why: { readonly code: KeptCode; readonly reason: string },
): void {
  const { older, candidate } = runner.racer;
  if (older === undefined || runner.entry === older) {
    runner.out = runner.waiting ?? why;
    return;
  }
  runner.entry = older;
  runner.evidence = evidenceOf(older);
  runner.waiting = waitingOf({ candidate, ...why });
}

/** The commitment that the runner's model came with, as the model store asks for it. */
export function candidateOf({ racer, entry }: Runner): Candidate {
  const { repo, revision, digest } = entry;
  return { ...racer.candidate, repo, revision, digest };
}
