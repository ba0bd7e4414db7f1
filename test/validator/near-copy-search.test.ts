import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FINDINGS, type Hotkey, type RepoId } from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import { NEAR_COPY } from '../../src/validator/near-copies.js';
import { searchNearCopies, type SearchSources } from '../../src/validator/near-copy-search.js';
import { Store } from '../../src/validator/store.js';
import { randomNumbers } from '../support/random-numbers.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const DATA = 'data';
const SPEC = modelSpec('mobile', { imageSize: 32 });

/** Logits like `base`, with as much noise as given. */
function answers(seed: number, base?: Float32Array, noise = 1): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from(
    { length: 128 * FINDINGS.length },
    (_, at) => (base?.[at] ?? 0) + noise * (random() - 0.5),
  );
}
const OWN = answers(1);
const copyOf = (seed: number) => answers(seed, OWN, 0.02);

interface Committed {
  readonly hotkey: string;
  readonly block: number;
  readonly logits: Float32Array;
}

/** Searches among models that were committed so, with some of them new; the distance of all weights is given. */
async function search(
  committed: readonly Committed[],
  fresh: readonly Committed[],
  over: Partial<SearchSources> = {},
) {
  let found = new Map<string, unknown>();
  await inTemporaryFolder(async (folder) => {
    const store = new Store(join(folder, 'state.sqlite'));
    try {
      for (const { hotkey, block, logits } of committed) {
        const modelId = `${hotkey} ${block}`;
        store.submissions.record(
          {
            hotkey: hotkey as Hotkey,
            repo: `${hotkey}/m` as RepoId,
            revision: `${block}` as never,
            digest: modelId as never,
            commitBlock: block,
          },
          {
            ok: true,
            modelId,
            weightsSha256: modelId,
            tensorDigest: modelId,
            backboneDigest: modelId,
            spec: SPEC,
          },
          block,
        );
        store.fingerprints.add(modelId, DATA, { logits, loss: 0.15, block });
      }
      const verdicts = await searchNearCopies(
        fresh.map(({ hotkey, block }) => `${hotkey} ${block}`),
        {
          fingerprints: store.fingerprints,
          dataDigest: DATA,
          sampleLogits: () => undefined,
          canWeigh: () => true,
          weigh: () => Promise.resolve(1.4),
          ...over,
        },
      );
      found = new Map([...verdicts].map(([id, { evidence }]) => [id, evidence?.holder]));
    } finally {
      store.close();
    }
  });
  return Object.fromEntries(found);
}

const owner = { hotkey: 'owner', block: 10, logits: OWN };
const other = { hotkey: 'other', block: 5, logits: answers(2) };
const copier = { hotkey: 'copier', block: 20, logits: copyOf(3) };

describe('the search for near copies', () => {
  test('finds a noisy copy, also of a model that races no more, and names the owner', async () => {
    expect(await search([owner, other, copier], [copier])).toEqual({ 'copier 20': 'owner' });
  });

  test('finds a whole fleet that comes at once, and leaves the owner in peace', async () => {
    const fleet = ['a', 'b', 'c'].map((hotkey, n) => ({ hotkey, block: 20 + n, logits: copyOf(4 + n) }));
    const all = [...fleet, owner];
    expect(await search(all, all)).toEqual({ 'a 20': 'owner', 'b 21': 'owner', 'c 22': 'owner' });
  });

  test('turns on a copy that was there first when its original is seen only later', async () => {
    expect(await search([owner, other, copier], [owner])).toEqual({ 'copier 20': 'owner' });
  });

  test('lets a miner improve its own model little by little, whoever copies it meanwhile', async () => {
    const next = { hotkey: 'owner', block: 30, logits: copyOf(7) };
    expect(await search([owner, next], [next])).toEqual({});
    expect(await search([owner, copier, next], [next])).toEqual({});
    expect(await search([owner, copier, next], [copier, next])).toEqual({ 'copier 20': 'owner' });
  });

  test('says nothing of models that only resemble each other', async () => {
    const cousin = { hotkey: 'cousin', block: 20, logits: answers(6, OWN, 0.5) };
    expect(await search([owner, cousin], [cousin])).toEqual({});
  });

  test('believes the images of the sample rather than the few of the fingerprint, where both have seen it', async () => {
    const onSample: Record<string, Float32Array> = {};
    for (const [at, id] of ['owner 10', 'copier 20'].entries()) {
      const random = randomNumbers(at);
      const own = randomNumbers(9);
      onSample[id] = Float32Array.from({ length: 256 * FINDINGS.length }, () => own() + 0.2 * random());
    }
    const sampleLogits = (id: string) => onSample[id];
    expect(await search([owner, copier], [copier], { sampleLogits })).toEqual({});
  });

  test('finds a copy whose answers were disturbed by its weights, among many models', async () => {
    const crowd = Array.from({ length: 150 }, (_, n) => ({
      hotkey: `honest${n}`,
      block: n,
      logits: answers(100 + n),
    }));
    const disturbed = { hotkey: 'copier', block: 200, logits: answers(6, OWN, 1) };
    const original = { ...owner, block: 160 };
    let weighed = 0;
    const weigh = (...pair: string[]) => {
      weighed++;
      const near = pair.includes('owner 160') && pair.includes('copier 200');
      return Promise.resolve(near ? NEAR_COPY.distance : 1.4);
    };
    const all = [...crowd, original, disturbed];
    expect(await search(all, [disturbed], { weigh })).toEqual({ 'copier 200': 'owner' });
    expect(weighed).toBeLessThanOrEqual(3);
    expect(await search(all, [disturbed], { weigh, canWeigh: () => false })).toEqual({});
  });
});
