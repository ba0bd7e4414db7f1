import type { Digest, Evidence, Hotkey, RepoId, Revision, Uid, VerdictCode } from '../common/index.js';
import type { EvaluationPrecision } from '../engine/index.js';
import type { KeptCode } from './kept-codes.js';
import type { Decision } from './order.js';
import type { PayoutName } from './payout/curves.js';

/** One line of reports.jsonl: everything a round found, enough to compute it again from the same data. */
export interface RoundReport {
  readonly version: 2;
  readonly netuid: number;
  readonly validator: Hotkey;
  /** A multiple of the query time. If images had to be drawn, its hash drew them. */
  readonly block: number;
  readonly blockHash: string;
  /** The block at which neurons and commitments were read. */
  readonly chainBlock: number;
  readonly finishedAt: string;
  /** What the outcome depends on besides models and images. */
  readonly rules: {
    readonly evaluationImages: number;
    readonly movingAverageAlpha: number;
    readonly tieMargin: number;
    readonly leastDifference: number;
    readonly missChance: number;
    readonly payout: PayoutName;
  };
  /** Absent when there was no model to judge. */
  readonly data?: {
    /** SHA-256 over the images' files, names and labels. */
    readonly digest: string;
    readonly images: number;
    readonly patients: number;
  };
  /** The samples that the order rests on, oldest first. */
  readonly samples: readonly ReportedSample[];
  readonly results: readonly RoundResult[];
}

export interface ReportedSample {
  readonly digest: string;
  readonly images: number;
  /** The block whose hash drew it first. */
  readonly block: number;
  readonly blockHash: string;
}

export interface RoundResult {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly registrationBlock: number;
  /** The model that was judged; of several commitments the one that earns. */
  readonly repo?: RepoId;
  readonly revision?: Revision;
  /** The commitment's third field: it binds the weights to the hotkey. */
  readonly digest?: Digest;
  /** Of a valid model the first block at which the hotkey had committed it. */
  readonly commitBlock?: number;
  readonly weightsSha256?: string;
  readonly tensorDigest?: string;
  readonly modelId?: string;
  readonly architecture?: string;
  /** A newer commitment that has no verdict yet; the older model goes on earning. */
  readonly waiting?: Waiting;
  readonly outcome: 'valid' | 'refused' | 'kept';
  /** Why it was refused or not judged. */
  readonly code?: VerdictCode | KeptCode;
  /** The same, for people. */
  readonly detail?: string;
  readonly evidence?: Evidence;
  readonly evaluations?: readonly ReportedEvaluation[];
  /** Over all evaluations that decide, comparable with all others'. */
  readonly loss?: number;
  /** Of the newest of them. */
  readonly meanAuroc?: number;
  /** 0 = best. */
  readonly rank?: number;
  /** Why it does not stand one place higher. */
  readonly decision?: Decision;
  readonly reward?: number;
  readonly previousScore: number;
  readonly score: number;
}

export interface Waiting {
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly commitBlock: number;
  readonly code: KeptCode;
  readonly reason: string;
}

export interface ReportedEvaluation {
  /** The sample's digest. */
  readonly sample: string;
  readonly precision: EvaluationPrecision;
  /** Mean over the sample's images. */
  readonly loss: number;
  /** SHA-256 of the losses by image, f32 little-endian; absent when they were forgotten. */
  readonly lossesSha256?: string;
}
