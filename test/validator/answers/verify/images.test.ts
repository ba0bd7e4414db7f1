import { describe, expect, test } from '@jest/globals';
import type { DataFacts } from '../../../../src/validator/evaluation-data.js';
import { drawStratified, sampleDigest } from '../../../../src/validator/sampling.js';
import { imagesChecks } from '../../../../src/validator/answers/verify/images.js';
import { reportOf } from '../report-fixture.js';

const facts: DataFacts = {
  digest: 'd'.repeat(64),
  images: 100,
  labels: Uint16Array.from({ length: 100 }, (_, row) => (row % 7 === 0 ? 1 << (row % 14) : 0)),
  patients: Uint32Array.from({ length: 100 }, (_, row) => row >> 1),
};

async function report(seed: string, blockHash = seed) {
  const indices = drawStratified({ labels: facts.labels, count: 40, seed, purpose: 'images' });
  const digest = sampleDigest(facts.digest, indices);
  return {
    indices,
    digest,
    report: await reportOf({ samples: [{ digest, images: 40, block: 1200, blockHash }] }),
  };
}

describe('the images of a report', () => {
  test('are those that the hash of the block draws', async () => {
    const { report: given, digest, indices } = await report('0xab');
    const { checks, drawn } = await imagesChecks(given, facts);
    expect(checks.map(({ level }) => level)).toEqual(['ok', 'ok']);
    expect(drawn.get(digest)).toEqual(indices);
  });

  test('are found out when somebody chose them', async () => {
    const { checks, drawn } = await imagesChecks((await report('0xcd', '0xab')).report, facts);
    expect(checks.at(-1)).toMatchObject({ level: 'failure', code: 'SAMPLE_NOT_DRAWN' });
    expect(drawn.size).toBe(0);
  });

  test('are of no use when the data set here is another', async () => {
    const { checks, drawn } = await imagesChecks((await report('0xab')).report, {
      ...facts,
      digest: 'other',
    });
    expect(checks).toEqual([expect.objectContaining({ level: 'failure', code: 'OTHER_DATA' })]);
    expect(drawn.size).toBe(0);
  });

  test('are none in a round that judged no model', async () => {
    const { data: _, ...without } = await reportOf({ samples: [] });
    expect((await imagesChecks(without, facts)).checks).toEqual([expect.objectContaining({ level: 'ok' })]);
  });
});
