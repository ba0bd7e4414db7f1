import type { DataFacts } from './evaluation-data.js';
import type { EvaluationStore, StoredSample } from './evaluation-store.js';
import { drawStratified, sampleDigest } from './sampling.js';

/**
 * The round's images, recorded: those of a round that was not finished, if they were drawn after the newest commitment, else
 * new ones.
 */
export function roundSample(
  { digest: dataDigest, labels }: Pick<DataFacts, 'digest' | 'labels'>,
  o: {
    readonly evaluations: Pick<EvaluationStore, 'newestSample' | 'addSample'>;
    readonly evaluationImages: number;
    readonly block: number;
    readonly blockHash: string;
    /** The block of the newest finished round. */
    readonly lastBlock: number;
    /** Of the models in the race. */
    readonly newestCommitBlock: number;
  },
): StoredSample {
  const open = o.evaluations.newestSample(dataDigest);
  if (open !== undefined && open.block > o.lastBlock && open.block > o.newestCommitBlock) return open;
  const { block, blockHash } = o;
  const indices = drawStratified({ labels, count: o.evaluationImages, seed: blockHash, purpose: 'images' });
  const sample = { digest: sampleDigest(dataDigest, indices), dataDigest, block, blockHash, indices };
  o.evaluations.addSample(sample);
  return sample;
}
