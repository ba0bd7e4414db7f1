import type { VerdictCode } from '../../common/index.js';
import type { KeptCode } from '../kept-codes.js';

/** Every way in which a round can end for a miner; `RANKED`: its model is valid and has a place. */
export type AnswerCode = 'RANKED' | VerdictCode | KeptCode;

export interface Answer {
  /** A sentence for whoever gets the code. */
  readonly meaning: string;
  /** What the miner can do or type. */
  readonly remedy: string;
}

/** What an unknown code means: reports come from other versions, and from strangers. */
const UNKNOWN: Answer = {
  meaning: 'This program does not know the code.',
  remedy: 'Update HealthTensor, or ask whoever wrote the report.',
};

const answer = (meaning: string, remedy: string): Answer => ({ meaning, remedy });

const PUBLISH_AGAIN = 'Publish and commit again: start the miner, which does both.';
const CHECK = 'Run healthtensor miner self-check on the folder, mend what it names, and publish again.';
const OWN_MODEL = 'Train a model of your own from another start; no other form of these weights will do.';
const NOTHING = 'Nothing: the score stays, and a later round judges it.';
const SMALLER = 'Publish a smaller model, or one with smaller images.';

/** What each code means and what to do about it. docs/scoring.md repeats it. */
export const ANSWERS: Readonly<Record<AnswerCode, Answer>> = {
  RANKED: answer(
    'The model is valid, was evaluated and has a place.',
    'To earn more, commit a better model.',
  ),
  NO_COMMITMENT: answer('Nothing is committed on chain.', PUBLISH_AGAIN),
  BAD_COMMITMENT: answer(
    'The commitment is not "<repo> <revision> <digest>".',
    'Commit with healthtensor miner, which writes all three fields.',
  ),
  STALE_COMMITMENT: answer('The commitment is older than the registration of its uid.', PUBLISH_AGAIN),
  REPO_UNAVAILABLE: answer(
    'The repository is missing, private, gated, disabled or renamed.',
    'Make it public under the committed name, without a gate.',
  ),
  REVISION_MISSING: answer(
    'The repository does not have the committed commit.',
    'Do not rewrite or squash its history; publish and commit again.',
  ),
  FILE_MISSING: answer('A required file is not in the committed revision.', CHECK),
  TOO_LARGE: answer('A file is larger than any model that could be meant.', SMALLER),
  HASH_MISMATCH: answer(
    'The bytes are not those that the commitment or the hub promised.',
    'Commit the digest of exactly the file that is published, with the hotkey that publishes it.',
  ),
  DOWNLOAD_TIMED_OUT: answer(
    'The download was too slow, or failed for a day in which others did not.',
    'Publish a smaller model, and see that the hub serves the file.',
  ),
  BAD_CONFIG: answer('config.json is not ours or asks for the impossible.', CHECK),
  UNKNOWN_ARCHITECTURE: answer(
    'config.json names none of the architectures that are evaluated.',
    'Use one of docs/models.md, with the options that it has.',
  ),
  BAD_SAFETENSORS: answer('model.safetensors breaks the format.', CHECK),
  TENSOR_MISMATCH: answer(
    'A tensor is missing, superfluous, or of another shape or type than the architecture has.',
    CHECK,
  ),
  NOT_FINITE: answer(
    'A weight, or the loss, is no finite number.',
    'Train with a lower learning rate, or take an earlier checkpoint.',
  ),
  COPY_OF: answer('Another hotkey committed the same weights earlier.', OWN_MODEL),
  OUT_OF_MEMORY: answer('The model did not fit into the memory of an evaluation, twice.', SMALLER),
  EVALUATION_FAILED: answer('The evaluation ended without a result, twice.', CHECK),
  NOT_DRAWN: answer('More miners than a round takes: this one was not drawn.', NOTHING),
  STILL_OPENING: answer(
    'The repository is closed, perhaps only for a moment.',
    'Open the repository within 25 blocks of the commitment; the miner does so by itself.',
  ),
  STILL_DOWNLOADING: answer(
    'The download was not complete when the round was judged; it goes on.',
    'Nothing: the score stays. A smaller model is judged sooner.',
  ),
  NOT_FETCHED: answer('The hub, the line to it or the disk of the validator failed.', NOTHING),
  NOT_EVALUATED: answer('The evaluation failed for a reason of the validator.', NOTHING),
  AWAITING_SAMPLE: answer(
    'The model was committed after the block that draws the images of this round.',
    'Nothing: the next round judges it; an older model of the hotkey goes on earning.',
  ),
  TOO_SOON: answer(
    'Another commitment of the hotkey was looked at less than 25 blocks ago.',
    'Commit less often; an older model of the hotkey goes on earning.',
  ),
};

/** What a code in a report means, whoever wrote it. */
export function answerOf(code: string): Answer {
  return Object.hasOwn(ANSWERS, code) ? ANSWERS[code as AnswerCode] : UNKNOWN;
}
