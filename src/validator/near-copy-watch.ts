import type { DataFacts, EvaluationData } from './evaluation-data.js';
import type { EvaluationStore } from './evaluation-store.js';
import { takeFingerprint } from './fingerprint.js';
import type { FingerprintStore } from './fingerprint-store.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { StoredModel } from './model-store.js';
import { refuseNearCopies } from './refuse-near-copies.js';
import type { Runner } from './runner.js';

export interface WatchContext {
  readonly fingerprints: FingerprintStore;
  readonly evaluations: Pick<EvaluationStore, 'logits'>;
  readonly data: EvaluationData;
  readonly evaluator: ModelEvaluator;
  readonly batchSize: number;
  readonly block: number;
  readonly signal?: AbortSignal;
  readonly facts: DataFacts;
  /** The files of those whose files can be had. */
  readonly obtain: (runners: readonly Runner[]) => Promise<(readonly [Runner, StoredModel])[]>;
  /** Runs work on a runner's model; its failure says nothing about the model. */
  readonly attempt: (runner: Runner, work: () => Promise<void>) => Promise<void>;
}

/** Looks for near copies among the models of a race. */
export class NearCopyWatch {
  readonly #context: WatchContext;
  /** Of weights, by the ids of two models; undefined when it could not be measured. */
  readonly #distances = new Map<string, number | undefined>();

  constructor(context: WatchContext) {
    this.#context = context;
  }

  /** Asks decided models that are new on these data for their answers on the fingerprint images. */
  async takeFingerprints(racing: readonly Runner[]): Promise<void> {
    const { fingerprints, facts, block, obtain, attempt } = this.#context;
    const lacking = racing.filter(
      ({ evidence, entry }) => evidence.kind === 'decided' && !fingerprints.has(entry.modelId, facts.digest),
    );
    for (const [runner, model] of await obtain(lacking)) {
      await attempt(runner, async () => {
        const { modelId } = runner.entry;
        const print = await takeFingerprint(model, facts, this.#context);
        if (print.ok) fingerprints.add(modelId, facts.digest, { ...print, block });
        else if (print.code === 'NOT_FINITE') {
          // Nobody escapes the search by answers that are no numbers.
          fingerprints.refuse(modelId, print);
          runner.evidence = { kind: 'refused', rejection: print };
        }
      });
    }
  }

  /**
   * Refuses the near copies that come to light; returns the ids of the models that were looked at, which are looked at again until
   * `finish` is told of them. `sample`: digest of the round's, when images were drawn.
   */
  refuse(racing: readonly Runner[], sample: string | undefined): Promise<string[]> {
    const { evaluations, fingerprints, facts } = this.#context;
    return refuseNearCopies(racing, {
      fingerprints,
      dataDigest: facts.digest,
      sampleLogits: (modelId) => (sample === undefined ? undefined : evaluations.logits(modelId, sample)),
      weigh: (a, b) => this.#weigh(a, b),
    });
  }

  /** After a kill before this the search is made again. */
  finish(modelIds: readonly string[]): void {
    this.#context.fingerprints.setSearched(modelIds, this.#context.facts.digest);
  }

  async #weigh(a: Runner, b: Runner): Promise<number | undefined> {
    const key = `${a.entry.modelId} ${b.entry.modelId}`;
    if (!this.#distances.has(key)) {
      const [own, other] = await this.#context.obtain([a, b]);
      if (own === undefined || other === undefined) return undefined;
      await this.#context.attempt(a, async () => {
        const { spec, weightsPath } = own[1];
        const otherPath = other[1].weightsPath;
        const found = await this.#context.evaluator.distance({ spec, weightsPath, otherPath });
        this.#distances.set(key, found.ok ? found.relative : undefined);
      });
    }
    return this.#distances.get(key);
  }
}
