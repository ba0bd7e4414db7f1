import { parseCommitment, type Commitment, type Metagraph, type Neuron } from '../chain/index.js';
import type { Hotkey } from '../common/index.js';
import { reject, type Rejection } from '../common/index.js';
import type { Candidate, Registration } from './candidate.js';
import { drawIndices } from './sampling.js';

/** What the chain alone says about everyone on the subnet. */
export interface Selection {
  /** Models to fetch this round, by uid. */
  readonly candidates: readonly Candidate[];
  /** Sound commitments that the draw left for another round. */
  readonly notDrawn: readonly Candidate[];
  /** Miners whose commitment cannot earn. */
  readonly refused: readonly (Registration & { readonly rejection: Rejection })[];
  /** Validators, this one among them: not judged at all. */
  readonly validators: readonly Registration[];
}

/**
 * Sorts the neurons of a subnet into candidates, refused and validators. A neuron with a permit and more than
 * `vpermitTaoLimit` TAO is a validator, as in the original. When there are more than `sampleSize` candidates the
 * seed (the round's block hash) draws them.
 */
export function selectCandidates(o: {
  metagraph: Pick<Metagraph, 'neurons'>;
  commitments: readonly Commitment[];
  ownHotkey: Hotkey;
  vpermitTaoLimit: number;
  sampleSize: number;
  seed: string;
}): Selection {
  const committed = new Map(o.commitments.map((commitment) => [commitment.hotkey, commitment]));
  const sound: Candidate[] = [];
  const refused: (Registration & { rejection: Rejection })[] = [];
  const validators: Registration[] = [];
  for (const neuron of [...o.metagraph.neurons].sort((a, b) => a.uid - b.uid)) {
    const registration = registrationOf(neuron);
    if (neuron.hotkey === o.ownHotkey || (neuron.validatorPermit && neuron.stakeTao > o.vpermitTaoLimit)) {
      validators.push(registration);
      continue;
    }
    const judged = judgeCommitment(registration, committed.get(neuron.hotkey));
    if ('rejection' in judged) refused.push(judged);
    else sound.push(judged);
  }
  const drawn = new Set(
    drawIndices({ population: sound.length, count: o.sampleSize, seed: o.seed, purpose: 'miners' }),
  );
  return {
    candidates: sound.filter((_, index) => drawn.has(index)),
    notDrawn: sound.filter((_, index) => !drawn.has(index)),
    refused,
    validators,
  };
}

/** What a validator makes of the commitment of a registered hotkey. */
export function judgeCommitment(
  registration: Registration,
  commitment: Commitment | undefined,
): Candidate | (Registration & { rejection: Rejection }) {
  const refuse = (rejection: Rejection) => ({ ...registration, rejection });
  if (commitment === undefined) return refuse(reject('NO_COMMITMENT', 'nothing is committed on chain'));
  const { block, status, text, detail: what } = commitment;
  if (status !== 'damaged' && block < registration.registrationBlock) {
    const detail = `committed at block ${block}, before the registration at block ${registration.registrationBlock}; commit again`;
    return refuse(reject('STALE_COMMITMENT', detail));
  }
  if (text === undefined) return refuse(reject('BAD_COMMITMENT', `not a commitment of one text: ${what}`));
  const parsed = parseCommitment(text);
  if (!parsed.ok) return refuse(parsed);
  if (parsed.digest === undefined) {
    // Without it anyone could commit somebody else's repository: nothing shows that the hotkey had the weights.
    const detail = 'the commitment has no digest that binds the weights to the hotkey; publish again';
    return refuse(reject('BAD_COMMITMENT', detail));
  }
  return {
    ...registration,
    commitBlock: block,
    repo: parsed.repo,
    revision: parsed.revision,
    digest: parsed.digest,
  };
}

function registrationOf(neuron: Neuron): Registration {
  return { uid: neuron.uid, hotkey: neuron.hotkey, registrationBlock: neuron.registrationBlock };
}
