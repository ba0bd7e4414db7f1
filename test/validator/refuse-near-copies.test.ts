import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type Digest,
  FINDINGS,
  type Hotkey,
  type RepoId,
  type Revision,
  type Uid,
} from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import { refuseNearCopies } from '../../src/validator/refuse-near-copies.js';
import type { Runner } from '../../src/validator/runner.js';
import { Store } from '../../src/validator/store.js';
import { randomNumbers } from '../support/random-numbers.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const DATA = 'data';
const SPEC = modelSpec('mobile', { imageSize: 32 });

/** A model that was evaluated, whose answers are those of the seed, nearly. */
function runner(store: Store, hotkey: string, commitBlock: number, seed: number, spec = SPEC): Runner {
  const random = randomNumbers(seed);
  const disturb = randomNumbers(commitBlock);
  const logits = Float32Array.from({ length: 128 * FINDINGS.length }, () => random() + 0.001 * disturb());
  const modelId = `${hotkey} ${commitBlock}`;
  const entry = {
    repo: `${hotkey}/m` as RepoId,
    revision: `${commitBlock}` as Revision,
    digest: modelId as Digest,
    ...{ commitBlock, modelId, weightsSha256: modelId, tensorDigest: modelId, backboneDigest: modelId, spec },
  };
  const candidate = { ...entry, uid: 1 as Uid, hotkey: hotkey as Hotkey, registrationBlock: 1 };
  store.submissions.record(candidate, { ok: true, ...entry }, commitBlock);
  store.fingerprints.add(modelId, DATA, { logits, loss: 0.15, block: commitBlock });
  return {
    racer: { candidate, entry, hasEarned: false },
    entry,
    evidence: { kind: 'decided', losses: [], meanAuroc: null },
  };
}

async function withStore(body: (store: Store) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const store = new Store(join(folder, 'state.sqlite'));
    try {
      await body(store);
    } finally {
      store.close();
    }
  });
}

const search = (store: Store, racing: readonly Runner[], distance?: number) =>
  refuseNearCopies(racing, {
    fingerprints: store.fingerprints,
    dataDigest: DATA,
    sampleLogits: () => undefined,
    weigh: () => Promise.resolve(distance),
  });

describe('near copies in a race', () => {
  test('are refused for ever, whoever of them races', () =>
    withStore(async (store) => {
      const [owner, copier, honest] = [
        runner(store, 'o', 1, 5),
        runner(store, 'c', 2, 5),
        runner(store, 'h', 3, 6),
      ];
      await search(store, [copier, honest]);
      expect(copier.evidence).toMatchObject({ kind: 'refused', rejection: { code: 'COPY_OF' } });
      expect(store.fingerprints.verdict('c 2')).toMatchObject({ evidence: { holder: 'o' } });
      expect([owner.evidence.kind, honest.evidence.kind]).toEqual(['decided', 'decided']);
    }));

  test('are found after a kill between fingerprint and search, and not looked for again after it', () =>
    withStore(async (store) => {
      const racing = [runner(store, 'o', 1, 5), runner(store, 'h', 2, 6)];
      const searched = await search(store, racing);
      expect(searched.sort()).toEqual(['h 2', 'o 1']);
      // Killed here: nothing was noted.
      expect(await search(store, racing)).toHaveLength(2);
      store.fingerprints.setSearched(searched, DATA);
      expect(await search(store, racing)).toEqual([]);
      const copier = runner(store, 'c', 3, 5);
      expect(await search(store, [...racing, copier])).toEqual(['c 3']);
      expect(copier.evidence.kind).toBe('refused');
    }));

  test('do not hide their weights behind another preparation of the images, nor are unlike networks weighed', () =>
    withStore(async (store) => {
      runner(store, 'o', 1, 5);
      const racing = [
        runner(store, 'o', 1, 5),
        runner(store, 'c', 2, 6, { ...SPEC, std: SPEC.std.map((value) => 1.01 * value) }),
        runner(store, 'h', 3, 7, modelSpec('mobile', { imageSize: 32, options: { width: 0.5 } })),
      ];
      await search(store, racing, 0.001);
      expect(racing.map(({ evidence }) => evidence.kind)).toEqual(['decided', 'refused', 'decided']);
    }));
});
