import type { Hotkey } from '../common/index.js';
import { reject, type Rejection } from '../common/index.js';

/** Who first committed certain weights, as far as this validator has ever seen. */
export interface Claim {
  readonly hotkey: Hotkey;
  readonly commitBlock: number;
}

/** A model whose file was checked against its commitment's digest: the hotkey had these weights at that block. */
export interface Claimant extends Claim {
  readonly weightsSha256: string;
}

/**
 * Gives each set of weights to the hotkey that committed it first; every other one holds a copy. `known` are the
 * claims of earlier rounds, by the weights' SHA-256, and never expire: leaving, registering again or committing again
 * does not free the weights. An earlier commitment that is seen only now takes the claim over, because the digest
 * proves that its hotkey had the weights then.
 */
export function judgeCopies(
  known: ReadonlyMap<string, Claim>,
  claimants: readonly Claimant[],
): { claims: Map<string, Claim>; copies: Map<Hotkey, Rejection> } {
  const claims = new Map<string, Claim>();
  for (const { weightsSha256, hotkey, commitBlock } of claimants) {
    const holder = claims.get(weightsSha256) ?? known.get(weightsSha256);
    claims.set(
      weightsSha256,
      holder === undefined || isEarlier({ hotkey, commitBlock }, holder) ? { hotkey, commitBlock } : holder,
    );
  }
  const copies = new Map<Hotkey, Rejection>();
  for (const { weightsSha256, hotkey } of claimants) {
    const holder = claims.get(weightsSha256);
    if (holder === undefined || holder.hotkey === hotkey) continue;
    const detail = `the same weights as ${holder.hotkey}, who committed them at block ${holder.commitBlock}`;
    copies.set(hotkey, reject('COPY_OF', detail));
  }
  return { claims, copies };
}

/** Two commitments in one block have no order that the chain tells: the hotkey decides, the same for everybody. */
function isEarlier(a: Claim, b: Claim): boolean {
  return a.commitBlock === b.commitBlock ? a.hotkey < b.hotkey : a.commitBlock < b.commitBlock;
}
