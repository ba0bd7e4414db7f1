import { randomBytes } from 'node:crypto';
import { blake2AsHex } from '@polkadot/util-crypto';
import { type Beacon, timelockEncrypt } from '../common/timelock/index.js';
import { type EpochSchedule, predictReveal, type RevealWindow } from './epoch-schedule.js';
import { type ChainTime, revealRound } from './reveal-round.js';
import { type PayloadWeights, saltedCommitHash, timelockPayload } from './weight-payload.js';

/**
 * Weights that are on the chain, or on their way there, without being readable yet. JSON can hold all of it but
 * `versionKey`. With the salt whoever knows it can guess the weights: it stays with its owner until the reveal.
 */
export interface WeightCommit extends RevealWindow {
  readonly method: 'timelocked' | 'salted';
  readonly netuid: number;
  readonly hotkey: string;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
  /** blake2_256 of the ciphertext, or the salted hash itself; 0x hex. */
  readonly commitHash: string;
  /** The drand round that opens it; only of a timelocked one. */
  readonly revealRound?: number;
  /** Only of a salted one. */
  readonly salt?: readonly number[];
  /** The head when it was made; it is in a later block. */
  readonly headBlock: number;
  /** It is in no block after this one. */
  readonly validUntil: number;
  /** The block that holds it, once that is known. */
  readonly commitBlock?: number;
}

/** Numbers of a salt; what the Python SDK takes. */
const SALT_LENGTH = 8;

type Weights = PayloadWeights & { readonly netuid: number };

/** What a commit needs to know of the chain. */
export interface CommitFacts {
  readonly schedule: EpochSchedule;
  readonly revealPeriod: number;
  readonly validUntil: number;
}

/** A timelocked commit for the next block, with the bytes to send. @throws HealthTensorError NO_EPOCHS; TimelockError */
export function timelockedCommit(
  weights: Weights,
  facts: CommitFacts & { time: ChainTime; beacon: Beacon; lastStoredRound: number },
): { commit: WeightCommit; ciphertext: Uint8Array } {
  const window = windowOfNextBlock(facts, false);
  const round = revealRound({ ...facts, firstRevealBlock: window.firstRevealBlock });
  const { publicKey } = facts.beacon;
  const ciphertext = timelockEncrypt(timelockPayload(weights), { round: BigInt(round), publicKey });
  const commit: WeightCommit = {
    ...commonOf(weights, facts, window),
    method: 'timelocked',
    commitHash: blake2AsHex(ciphertext, 256),
    revealRound: round,
  };
  return { commit, ciphertext };
}

/** A salted commit for the next block. @throws HealthTensorError NO_EPOCHS */
export function saltedCommit(weights: Weights, facts: CommitFacts): WeightCommit {
  const random = randomBytes(2 * SALT_LENGTH);
  const salt = Array.from({ length: SALT_LENGTH }, (_, index) => random.readUInt16LE(2 * index));
  return {
    ...commonOf(weights, facts, windowOfNextBlock(facts, true)),
    method: 'salted',
    commitHash: saltedCommitHash({ ...weights, salt }),
    salt,
  };
}

function windowOfNextBlock({ schedule, revealPeriod }: CommitFacts, salted: boolean): RevealWindow {
  return predictReveal(schedule, { commitBlock: schedule.head + 1, period: revealPeriod, salted });
}

function commonOf(
  { netuid, hotkey, uids, values, versionKey }: Weights,
  facts: CommitFacts,
  window: RevealWindow,
) {
  const { schedule, validUntil } = facts;
  return { netuid, hotkey, uids, values, versionKey, headBlock: schedule.head, validUntil, ...window };
}
