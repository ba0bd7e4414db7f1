import { type Hotkey, HealthTensorError, type Log, messageOf } from '../common/index.js';
import type { SampleLoss } from './adjusted-losses.js';
import type { Candidate } from './candidate.js';
import type { Comparisons } from './comparisons.js';
import { evaluateModel } from './evaluation.js';
import type { DataFacts, EvaluationData } from './evaluation-data.js';
import type { EvaluationStore, StoredSample } from './evaluation-store.js';
import { type Evidence, evidenceOf } from './evidence.js';
import type { Fetched } from './fetching.js';
import type { FingerprintStore } from './fingerprint-store.js';
import { outcomesOf, type RaceOutcome } from './race-outcome.js';
import type { Racer } from './intake.js';
import type { KeptCode } from './kept-codes.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { Entry } from './model-identity.js';
import type { StoredModel } from './model-store.js';
import { NearCopyWatch } from './near-copy-watch.js';
import { openAnySize } from './open-any-size.js';
import type { Ordered } from './order.js';
import { orderByImages } from './order-by-images.js';
import { type Placed, placedOf } from './placed.js';
import { roundSample } from './round-sample.js';
import { candidateOf, fallBack, type Runner } from './runner.js';
import { neighboursOf, unsettled } from './schedule.js';
import { isHopeless, uninformedLoss } from './screen.js';

export interface RaceContext {
  readonly evaluations: EvaluationStore;
  readonly fingerprints: FingerprintStore;
  readonly comparisons: Comparisons;
  readonly data: EvaluationData;
  readonly evaluator: ModelEvaluator;
  /** Models that are on this disk already, by model id. */
  readonly files: Map<string, StoredModel>;
  readonly fetch: (candidates: readonly Candidate[]) => Promise<Fetched[]>;
  readonly evaluationImages: number;
  readonly batchSize: number;
  /** Whether bf16 saves time on this device. */
  readonly screens: boolean;
  readonly block: number;
  readonly blockHash: string;
  /** The block of the newest finished round: a sample that was drawn later belongs to a round that was not finished. */
  readonly lastBlock: number;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** The models of a round against each other: evaluates what can change the order, and nothing else. */
export class Race {
  readonly #context: RaceContext;
  readonly #runners: Runner[] = [];
  #facts: DataFacts | undefined;
  #sample: StoredSample | undefined;

  constructor(context: RaceContext) {
    this.#context = context;
  }

  /**
   * @throws HealthTensorError when the data set fails
   */
  async run(racers: readonly Racer[]): Promise<{
    outcomes: Map<Hotkey, RaceOutcome>;
    facts: DataFacts | undefined;
  }> {
    const sizes = racers.flatMap(({ entry, older }) =>
      [entry, older ?? entry].map(({ spec }) => spec.imageSize),
    );
    const opened = await openAnySize(this.#context.data, sizes, this.#context.signal);
    if ('facts' in opened) this.#facts = opened.facts;
    if (this.#facts === undefined) {
      const reason = `evaluation failed here: ${'reason' in opened ? opened.reason : 'no data'}`;
      const out = { kind: 'kept' as const, code: 'NOT_EVALUATED' as const, reason };
      const outcomes = racers.map(({ candidate, hasEarned }): [Hotkey, RaceOutcome] => [
        candidate.hotkey,
        { ...out, scoreStays: hasEarned },
      ]);
      return { outcomes: new Map(outcomes), facts: undefined };
    }
    for (const racer of racers) this.#runners.push(this.#start(racer));
    await this.#judgeNewcomers();
    let ordered = await this.#order();
    const again = unsettled(ordered, this.#facts.images);
    if (again.length > 0) {
      await this.#decide(again.map(({ hotkey }) => this.#runnerOf(hotkey)));
      ordered = await this.#order();
    }
    return { outcomes: outcomesOf(this.#runners, ordered), facts: this.#facts };
  }

  /** Where a miner stands before anything is evaluated: with its newest model, or with the older one while that has to wait. */
  #start(racer: Racer): Runner {
    const { entry, waiting } = racer;
    const runner: Runner = { racer, entry, evidence: this.#evidenceOf(entry), ...(waiting && { waiting }) };
    if (runner.evidence.kind === 'none' && entry.commitBlock >= this.#context.block) {
      const reason = `committed at block ${entry.commitBlock}; images are drawn by a later block than that`;
      this.#fallBack(runner, 'AWAITING_SAMPLE', reason);
    }
    return runner;
  }

  #fallBack(runner: Runner, code: KeptCode, reason: string): void {
    fallBack(runner, (entry) => this.#evidenceOf(entry), { code, reason });
  }

  #evidenceOf({ modelId }: Entry): Evidence {
    const { evaluations, fingerprints, block } = this.#context;
    const nearCopy = fingerprints.verdict(modelId);
    if (nearCopy !== undefined) return { kind: 'refused', rejection: nearCopy };
    return evidenceOf(evaluations.of(modelId, (this.#facts as DataFacts).digest), block);
  }

  /** Models without evidence on this data, and those that stand where the new ones may belong. */
  async #judgeNewcomers(): Promise<void> {
    const fresh = this.#racing().filter(({ evidence }) => evidence.kind === 'none');
    for (const runner of await this.#obtain(fresh)) {
      if (!(await this.#screen(runner))) await this.#evaluate(runner, 'fp32');
    }
    await this.#decideNearScreened();
    const watch = new NearCopyWatch({
      ...this.#context,
      facts: this.#facts as DataFacts,
      obtain: async (runners) =>
        (await this.#obtain(runners)).map((runner) => [runner, this.#fileOf(runner)] as const),
      attempt: (runner, work) => this.#attempt(runner, work),
    });
    await watch.takeFingerprints(this.#racing());
    await watch.refuse(this.#racing(), this.#sample?.digest);
    if (fresh.length > 0 && this.#sample !== undefined) await this.#meetNeighbours(new Set(fresh));
    // Once more, by all the images that near models have now in common.
    watch.finish(await watch.refuse(this.#racing(), this.#sample?.digest));
  }

  /** Evaluates those that stand within reach of a newcomer on the sample that it was evaluated on. */
  async #meetNeighbours(fresh: ReadonlySet<Runner>): Promise<void> {
    const { digest } = this.#sample as StoredSample;
    const isNew = ({ hotkey }: Placed) => fresh.has(this.#runnerOf(hotkey));
    const [anchor] = this.#placed().filter((one) => !one.screened && !isNew(one));
    if (anchor === undefined) return;
    await this.#decide([this.#runnerOf(anchor.hotkey)]);
    for (;;) {
      const placed = this.#placed().filter(({ screened }) => !screened);
      const best = placed.find(({ hotkey }) => hotkey === anchor.hotkey);
      const here = placed.filter((one) => isNew(one) && one.samples.includes(digest));
      if (best?.samples.includes(digest)) {
        await this.#prepare(here.map((one) => [best, one] as const));
      }
      const newcomers = here.map((one) => ({
        loss: one.loss,
        toAnchor: best && this.#context.comparisons.of(best, one),
      }));
      const neighbours = neighboursOf(
        newcomers,
        placed.filter((one) => !isNew(one)),
        digest,
      );
      const before = this.#evaluatedHere();
      await this.#decide(neighbours.map(({ hotkey }) => this.#runnerOf(hotkey)));
      if (this.#evaluatedHere() === before) return;
    }
  }

  #evaluatedHere(): number {
    const digest = this.#sample?.digest;
    return this.#placed().filter(({ samples }) => digest !== undefined && samples.includes(digest)).length;
  }

  /** Screens a new model in bf16. Returns whether that was enough. */
  async #screen(runner: Runner): Promise<boolean> {
    if (!this.#context.screens) return false;
    await this.#evaluate(runner, 'bf16');
    const { evidence } = runner;
    if (evidence.kind !== 'screened') return evidence.kind === 'refused' || runner.out !== undefined;
    return this.#isHopeless(evidence.losses);
  }

  /** A screened model to which a decided one has come near is decided too, until none is near. */
  async #decideNearScreened(): Promise<void> {
    for (;;) {
      const near = this.#racing().filter(
        ({ evidence }) => evidence.kind === 'screened' && !this.#isHopeless(evidence.losses),
      );
      await this.#decide(near);
      if (near.every(({ evidence }) => evidence.kind === 'screened')) return;
    }
  }

  #isHopeless(screened: readonly SampleLoss[]): boolean {
    const { labels } = this.#facts as DataFacts;
    const decided = this.#placed().flatMap(({ screened: coarse, loss }) => (coarse ? [] : [loss]));
    return screened.every(({ loss, sample }) => {
      const { indices } = this.#context.evaluations.sample(sample) as StoredSample;
      return isHopeless(loss, { uninformed: uninformedLoss(labels, indices), decided });
    });
  }

  /** Evaluates standing models in fp32 on the round's sample; where that fails on our side they stand as they did. */
  async #decide(runners: readonly Runner[]): Promise<void> {
    if (runners.length === 0) return;
    const { digest } = this.#drawn();
    const lacking = runners.filter(
      ({ evidence }) =>
        evidence.kind !== 'decided' || !evidence.losses.some(({ sample }) => sample === digest),
    );
    for (const runner of await this.#obtain(lacking)) await this.#evaluate(runner, 'fp32');
  }

  /** Gets the files of models; says of who is new and cannot be had why it is out. */
  async #obtain(runners: readonly Runner[]): Promise<Runner[]> {
    const { files, fetch } = this.#context;
    const missing = runners.filter(({ entry }) => !files.has(entry.modelId));
    const wanted = new Map(missing.map((runner) => [candidateOf(runner), runner]));
    for (const fetched of missing.length === 0 ? [] : await fetch([...wanted.keys()])) {
      const runner = wanted.get(fetched.candidate) as Runner;
      if (fetched.kind === 'model') files.set(runner.entry.modelId, fetched.model);
      else if (runner.evidence.kind === 'none' && fetched.kind === 'refused') {
        runner.evidence = fetched;
      } else if (runner.evidence.kind === 'none' && fetched.kind === 'kept') {
        this.#fallBack(runner, 'NOT_FETCHED', fetched.reason);
      }
    }
    return runners.filter(({ entry, out }) => out === undefined && files.has(entry.modelId));
  }

  /** Of who was obtained. */
  #fileOf({ entry }: Runner): StoredModel {
    return this.#context.files.get(entry.modelId) as StoredModel;
  }

  async #evaluate(runner: Runner, precision: 'fp32' | 'bf16'): Promise<void> {
    const { entry } = runner;
    await this.#attempt(runner, async () => {
      const model = { ...this.#fileOf(runner), modelId: entry.modelId };
      await evaluateModel(model, this.#drawn(), precision, this.#context);
      runner.evidence = this.#evidenceOf(entry);
    });
  }

  /** Runs work on a runner's model; a failure of ours says nothing about it, unless there are no data any more. */
  async #attempt(runner: Runner, work: () => Promise<void>): Promise<void> {
    const { data, log, signal } = this.#context;
    try {
      await work();
    } catch (error) {
      signal?.throwIfAborted();
      // Without data nobody can be judged: the round has failed. Anything else concerns this model alone, also that the
      // disk has no room for the pixel cache of the input size it chose.
      const lacksRoom = error instanceof HealthTensorError && error.code === 'DISK_FULL';
      if (!lacksRoom && !data.isOpen(runner.entry.spec.imageSize)) throw error;
      const { uid, hotkey } = runner.racer.candidate;
      const reason = `evaluation failed here: ${messageOf(error)}`;
      log.error(`Miner ${uid} (${hotkey}): ${reason}`);
      if (runner.evidence.kind === 'none') this.#fallBack(runner, 'NOT_EVALUATED', reason);
    }
  }

  /** The round's images: drawn when they are first needed. */
  #drawn(): StoredSample {
    const newestCommitBlock = Math.max(...this.#racing().map(({ entry }) => entry.commitBlock));
    this.#sample ??= roundSample(this.#facts as DataFacts, { ...this.#context, newestCommitBlock });
    return this.#sample;
  }

  #order(): Promise<Ordered<Placed>[]> {
    return orderByImages(this.#placed(), this.#context.comparisons, (this.#facts as DataFacts).patients);
  }

  #prepare(pairs: readonly (readonly [Placed, Placed])[]): Promise<void> {
    return this.#context.comparisons.prepare(pairs, (this.#facts as DataFacts).patients);
  }

  #placed(): Placed[] {
    return placedOf(this.#racing());
  }

  #racing(): Runner[] {
    return this.#runners.filter(({ out }) => out === undefined);
  }

  #runnerOf(hotkey: Hotkey): Runner {
    return this.#runners.find(({ racer }) => racer.candidate.hotkey === hotkey) as Runner;
  }
}
