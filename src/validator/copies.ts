import type { Hotkey } from '../common/index.js';
import { reject, type Rejection } from '../common/index.js';

/** By what weights are recognised: the bytes of the file, or the tensors in it however they were saved. */
export type ClaimKind = 'file' | 'tensors';

/** Who first committed certain weights, as far as this validator has ever seen. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly digest: string;
  readonly hotkey: Hotkey;
  readonly commitBlock: number;
}

/** A model whose file was checked against its commitment's digest: the hotkey had these weights at that block. */
export interface Claimant {
  readonly hotkey: Hotkey;
  readonly commitBlock: number;
  readonly weightsSha256: string;
  readonly tensorDigest: string;
}

/**
 * Gives each set of weights to the hotkey that committed it first; every other one holds a copy. `known` are the
 * claims of earlier rounds and never expire: leaving, registering again, committing again or saving anew does not free
 * the weights. An earlier commitment that is seen only now takes the claim over, because the digest
 * proves that its hotkey had the weights then.
 */
export function judgeCopies(
  known: readonly Claim[],
  claimants: readonly Claimant[],
): { claims: Claim[]; copies: Map<Hotkey, Rejection> } {
  const holders = new Map(known.map((claim) => [keyOf(claim), claim]));
  const claims = new Map<string, Claim>();
  for (const claim of claimants.flatMap(claimsOf)) {
    const key = keyOf(claim);
    const holder = holders.get(key);
    const kept = holder === undefined || isEarlier(claim, holder) ? claim : holder;
    holders.set(key, kept);
    claims.set(key, kept);
  }
  const copies = new Map<Hotkey, Rejection>();
  for (const claimant of claimants) {
    const lost = claimsOf(claimant)
      .map((claim) => claims.get(keyOf(claim)) as Claim)
      .find(({ hotkey }) => hotkey !== claimant.hotkey);
    if (lost !== undefined) copies.set(claimant.hotkey, copyOf(lost));
  }
  return { claims: [...claims.values()], copies };
}

/** The claims that a model makes. */
export function claimsOf({ hotkey, commitBlock, weightsSha256, tensorDigest }: Claimant): Claim[] {
  return [
    { kind: 'file', digest: weightsSha256, hotkey, commitBlock },
    { kind: 'tensors', digest: tensorDigest, hotkey, commitBlock },
  ];
}

function copyOf({ kind, hotkey, commitBlock }: Claim): Rejection {
  const what = kind === 'file' ? 'the same file as' : 'the same weights, saved anew, as';
  return reject('COPY_OF', `${what} ${hotkey}, who committed them at block ${commitBlock}`, {
    by: kind,
    holder: hotkey,
    holderCommitBlock: commitBlock,
  });
}

function keyOf({ kind, digest }: Pick<Claim, 'kind' | 'digest'>): string {
  return `${kind} ${digest}`;
}

/** Two commitments in one block have no order that the chain tells: the hotkey decides, the same for everybody. */
function isEarlier(a: Claim, b: Claim): boolean {
  return a.commitBlock === b.commitBlock ? a.hotkey < b.hotkey : a.commitBlock < b.commitBlock;
}
