import type { Hotkey, RepoId, Revision, Uid, VerdictCode } from '../common/index.js';

/** One line of reports.jsonl: everything a round found, enough to compute it again from the same data. */
export interface RoundReport {
  readonly version: 1;
  readonly netuid: number;
  readonly validator: Hotkey;
  /** The block whose hash drew the sample; a multiple of the query time. */
  readonly block: number;
  readonly blockHash: string;
  /** The block at which neurons and commitments were read. */
  readonly chainBlock: number;
  readonly finishedAt: string;
  /** Absent when no model had to be evaluated. */
  readonly sample?: { readonly digest: string; readonly images: number; readonly of: number };
  /** Fingerprint of the images' names and labels. */
  readonly dataDigest?: string;
  readonly results: readonly RoundResult[];
}

export interface RoundResult {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly registrationBlock: number;
  readonly repo?: RepoId;
  readonly revision?: Revision;
  readonly commitBlock?: number;
  readonly weightsSha256?: string;
  readonly outcome: 'valid' | 'refused' | 'kept';
  /** Why it was refused: a verdict's code. */
  readonly code?: VerdictCode;
  /** Why it was refused or not judged, for people. */
  readonly detail?: string;
  readonly architecture?: string;
  readonly loss?: number;
  readonly meanAuroc?: number;
  /** 0 = best. */
  readonly rank?: number;
  readonly reward?: number;
  readonly score: number;
}
