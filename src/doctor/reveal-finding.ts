import { failed, failure, type Finding, ok, warning } from './finding.js';

/** How commit-reveal goes by the validator's own state. */
export interface RevealFacts {
  /** What the validator says of hidden or lost weights; undefined when all is well. */
  readonly notice: string | undefined;
  /** Commits whose reveal is still to come. */
  readonly open: number;
  readonly revealed: number;
  readonly missed: number;
  readonly missedInARow: number;
}

/** Whether the chain reveals what this validator commits: it drops commits without a word. */
export async function revealFinding(read: () => Promise<RevealFacts | undefined>): Promise<Finding> {
  return { ...(await found(read)), role: 'validator' };
}

const CHECK = 'reveals';

async function found(read: () => Promise<RevealFacts | undefined>): Promise<Finding> {
  let facts: RevealFacts | undefined;
  try {
    facts = await read();
  } catch (error) {
    return failed(CHECK, error);
  }
  if (facts === undefined) return ok(CHECK, 'no weights were committed from this state folder');
  const { notice, ...figures } = facts;
  const { revealed, missed, missedInARow } = figures;
  const counted = `${revealed} commit${revealed === 1 ? '' : 's'} of weights revealed, ${missed} missed`;
  const text = notice === undefined ? counted : `${counted}. ${notice}`;
  if (missedInARow === 0) return { ...ok(CHECK, text), figures };
  const remedy =
    'Mend what the reason names; new weights are committed when they are due. docs/operations.md, Commit-reveal, tells more.';
  // One may be the beacon's; the next was made knowing of it.
  return { ...(missedInARow === 1 ? warning : failure)(CHECK, text, remedy), figures };
}
