import { setImmediate } from 'node:timers/promises';
import type { DataFacts } from '../../evaluation-data.js';
import type { RoundReport } from '../../report.js';
import { drawStratified, sampleDigest } from '../../sampling.js';
import { type Check, failed, passed } from '../check.js';

const OTHER_DATA =
  'Verify it with the data set that the validator has: --dataset.path, at the same revision.';

/** The samples of a report, drawn anew from the block hashes that it names: rows by the sample's digest. */
export type DrawnSamples = ReadonlyMap<string, Uint32Array>;

/**
 * Whether these are the validator's images, and whether the block hashes draw the samples that it says. No sample is given back
 * when they do not: losses on other images would prove nothing.
 * @throws the signal's reason
 */
export async function imagesChecks(
  report: RoundReport,
  facts: DataFacts,
  signal?: AbortSignal,
): Promise<{ checks: Check[]; drawn: DrawnSamples }> {
  const nothing: DrawnSamples = new Map();
  if (report.data === undefined)
    return { checks: [passed('data', 'the round judged no model')], drawn: nothing };
  if (report.data.digest !== facts.digest) {
    const text = `the data set here has the digest ${facts.digest}, the validator's ${report.data.digest}`;
    return { checks: [failed('data', 'OTHER_DATA', text, OTHER_DATA)], drawn: nothing };
  }
  const data = passed('data', `${facts.images} images, the validator's: digest ${facts.digest}`);
  const drawn = new Map<string, Uint32Array>();
  for (const { digest, images, block, blockHash } of report.samples) {
    await setImmediate(); // a stranger's report may list many
    signal?.throwIfAborted();
    const indices = drawStratified({
      labels: facts.labels,
      count: images,
      seed: blockHash,
      purpose: 'images',
    });
    if (sampleDigest(facts.digest, indices) === digest) {
      drawn.set(digest, indices);
      continue;
    }
    const text = `the hash of block ${block} does not draw the ${images} images of the sample ${digest}`;
    const remedy = 'The images were chosen by other means than the block hash: ask the validator.';
    return { checks: [data, failed('samples', 'SAMPLE_NOT_DRAWN', text, remedy)], drawn: nothing };
  }
  const text = `${drawn.size} sample(s), drawn anew from the hashes of their blocks`;
  return { checks: [data, passed('samples', text)], drawn };
}
