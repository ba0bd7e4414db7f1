import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FINDINGS, type Hotkey, reject, type RepoId, type Uid } from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import type { EvaluationData } from '../../src/validator/evaluation-data.js';
import type { ModelEvaluator } from '../../src/validator/model-evaluator.js';
import type { StoredModel } from '../../src/validator/model-store.js';
import { NearCopyWatch } from '../../src/validator/near-copy-watch.js';
import type { Runner } from '../../src/validator/runner.js';
import { Store } from '../../src/validator/store.js';
import { randomNumbers } from '../support/random-numbers.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const SPEC = modelSpec('mobile', { imageSize: 32 });
const facts = { digest: 'data', images: 200, labels: new Uint16Array(200), patients: new Uint32Array(200) };
const data = {
  use: (_: number, work: (path: string) => unknown) => work('pixels'),
} as unknown as EvaluationData;

/** A model that was evaluated, of weights that the evaluator knows by their path. */
function runner(store: Store, hotkey: string, commitBlock: number): Runner {
  const modelId = hotkey;
  const identity = {
    modelId,
    weightsSha256: modelId,
    tensorDigest: modelId,
    backboneDigest: modelId,
    spec: SPEC,
  };
  const where = { repo: `${hotkey}/m` as RepoId, revision: 'r' as never, digest: 'd' as never, commitBlock };
  const candidate = { ...where, uid: 1 as Uid, hotkey: hotkey as Hotkey, registrationBlock: 1 };
  store.submissions.record(candidate, { ok: true, ...identity }, commitBlock);
  const entry = { ...where, ...identity };
  const evidence = { kind: 'decided', losses: [], meanAuroc: null } as const;
  return { racer: { candidate, entry, hasEarned: false }, entry, evidence };
}

/** Every model answers by itself, and has the weights of every other but for the given distance. */
class Evaluator implements ModelEvaluator {
  weighed = 0;
  constructor(readonly broken: string) {}

  evaluate({ weightsPath }: Parameters<ModelEvaluator['evaluate']>[0]) {
    if (weightsPath === this.broken) return Promise.resolve(reject('NOT_FINITE', 'NaN'));
    const random = randomNumbers(weightsPath.length);
    const logits = Float32Array.from({ length: 128 * FINDINGS.length }, random);
    return Promise.resolve({ ok: true as const, evaluation: { logits, loss: 0.15 } as never });
  }

  distance() {
    this.weighed++;
    return Promise.resolve({ ok: true as const, relative: 0.002, backbone: 0.002, head: 0.002 });
  }

  inspect(): never {
    throw new Error('not asked');
  }
}

async function watching(
  broken: string,
  body: (o: { store: Store; watch: NearCopyWatch; evaluator: Evaluator }) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const store = new Store(join(folder, 'state.sqlite'));
    const evaluator = new Evaluator(broken);
    try {
      const watch = new NearCopyWatch({
        ...{ fingerprints: store.fingerprints, evaluations: store.evaluations, data, evaluator, facts },
        batchSize: 32,
        block: 100,
        obtain: (runners) =>
          Promise.resolve(
            runners.map(
              (one) => [one, { spec: SPEC, weightsPath: one.entry.modelId } as StoredModel] as const,
            ),
          ),
        attempt: (_, work) => work(),
      });
      await body({ store, watch, evaluator });
    } finally {
      store.close();
    }
  });
}

describe('the watch for near copies', () => {
  test('refuses for ever who would escape it by answers that are no numbers', () =>
    watching('cheat', async ({ store, watch }) => {
      const [cheat, honest] = [runner(store, 'cheat', 1), runner(store, 'honest', 2)];
      await watch.takeFingerprints([cheat, honest]);
      expect(cheat.evidence).toMatchObject({ kind: 'refused', rejection: { code: 'NOT_FINITE' } });
      expect(store.fingerprints.verdict('cheat')).toMatchObject({ code: 'NOT_FINITE' });
      expect(store.fingerprints.has('honest', facts.digest)).toBe(true);
    }));

  test('weighs what answers otherwise, once, and tells the distance', () =>
    watching('nobody', async ({ store, watch, evaluator }) => {
      const racing = [runner(store, 'owner', 1), runner(store, 'copier', 2)];
      await watch.takeFingerprints(racing);
      const searched = await watch.refuse(racing, undefined);
      expect(racing.map(({ evidence }) => evidence.kind)).toEqual(['decided', 'refused']);
      expect(store.fingerprints.verdict('copier')).toMatchObject({
        code: 'COPY_OF',
        evidence: { by: 'near', holder: 'owner', distance: 0.002 },
      });
      await watch.refuse(racing, undefined);
      expect(evaluator.weighed).toBe(1);
      watch.finish(searched);
      expect(store.fingerprints.isSearched('owner', facts.digest)).toBe(true);
    }));
});
