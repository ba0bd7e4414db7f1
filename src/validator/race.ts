import { type Hotkey, HealthTensorError, type Log, messageOf, type Rejection } from '../common/index.js';
import { adjustedLosses } from './adjusted-losses.js';
import type { Candidate } from './candidate.js';
import type { Comparisons } from './comparisons.js';
import { evaluateModel } from './evaluation.js';
import type { DataFacts, EvaluationData } from './evaluation-data.js';
import type { EvaluationStore, StoredSample } from './evaluation-store.js';
import { type Evidence, evidenceOf } from './evidence.js';
import type { Fetched } from './fetching.js';
import { type Racer, waitingOf } from './intake.js';
import type { KeptCode } from './kept-codes.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { Entry } from './model-identity.js';
import type { StoredModel } from './model-store.js';
import type { Ordered } from './order.js';
import { orderPlaced, type Placed } from './placed.js';
import type { Waiting } from './report.js';
import { drawStratified, sampleDigest } from './sampling.js';
import { neighboursOf, unsettled } from './schedule.js';
import { isHopeless, uninformedLoss } from './screen.js';

export interface RaceContext {
  readonly evaluations: EvaluationStore;
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

/** How the race ended for a miner. */
export type RaceOutcome =
  | { readonly kind: 'valid'; readonly placed: Ordered<Placed>; readonly waiting?: Waiting }
  | { readonly kind: 'refused'; readonly rejection: Rejection; readonly entry: Entry }
  | { readonly kind: 'kept'; readonly code: KeptCode; readonly reason: string };

interface Runner {
  readonly racer: Racer;
  entry: Entry;
  evidence: Evidence;
  waiting?: Waiting;
  /** Why it is out, when it has neither evidence nor an older model. */
  out?: { readonly code: KeptCode; readonly reason: string };
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
    const lacksRoom = racers.length === 0 ? undefined : await this.#openData(racers);
    if (this.#facts === undefined) {
      const out = { kind: 'kept' as const, code: 'NOT_EVALUATED' as const, reason: lacksRoom ?? 'no data' };
      return { outcomes: new Map(racers.map(({ candidate }) => [candidate.hotkey, out])), facts: undefined };
    }
    for (const racer of racers) this.#runners.push(this.#start(racer));
    await this.#judgeNewcomers();
    let ordered = await this.#order();
    const again = unsettled(ordered, this.#facts.images);
    if (again.length > 0) {
      await this.#decide(again.map(({ hotkey }) => this.#runnerOf(hotkey)));
      ordered = await this.#order();
    }
    return { outcomes: this.#outcomes(ordered), facts: this.#facts };
  }

  /** Any input size shows what images there are. Returns why none could be opened when the disk has no room. */
  async #openData(racers: readonly Racer[]): Promise<string | undefined> {
    const { data, signal } = this.#context;
    const sizes = new Set(
      racers.flatMap(({ entry, older }) => [entry, older ?? entry].map(({ spec }) => spec.imageSize)),
    );
    const open = [...sizes].sort((a, b) => Number(data.isOpen(b)) - Number(data.isOpen(a)) || a - b);
    let reason: string | undefined;
    for (const size of open) {
      try {
        this.#facts = (await data.open(size, signal)).facts;
        return undefined;
      } catch (error) {
        if (!(error instanceof HealthTensorError && error.code === 'DISK_FULL')) throw error;
        reason ??= `evaluation failed here: ${error.message}`;
      }
    }
    return reason;
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
    const { older, candidate } = runner.racer;
    if (older === undefined || runner.entry === older) {
      runner.out = runner.waiting ?? { code, reason };
      return;
    }
    runner.entry = older;
    runner.evidence = this.#evidenceOf(older);
    runner.waiting = waitingOf({ candidate, code, reason });
  }

  #evidenceOf({ modelId }: Entry): Evidence {
    const { evaluations, block } = this.#context;
    return evidenceOf(evaluations.of(modelId, (this.#facts as DataFacts).digest), block);
  }

  /** Models without evidence on this data, and those that stand where the new ones may belong. */
  async #judgeNewcomers(): Promise<void> {
    const fresh = this.#racing().filter(({ evidence }) => evidence.kind === 'none');
    for (const runner of await this.#obtain(fresh)) {
      if (!(await this.#screen(runner))) await this.#evaluate(runner, 'fp32');
    }
    await this.#decideNearScreened();
    if (fresh.length === 0 || this.#sample === undefined) return;
    await this.#meetNeighbours(new Set(fresh));
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
    return this.#isHopeless(evidence.losses[0]?.loss ?? 0);
  }

  /** A screened model to which a decided one has come near is decided too. */
  async #decideNearScreened(): Promise<void> {
    for (const runner of this.#racing()) {
      const { evidence } = runner;
      if (evidence.kind !== 'screened' || this.#isHopeless(evidence.losses.at(-1)?.loss ?? 0)) continue;
      await this.#decide([runner]);
    }
  }

  #isHopeless(loss: number): boolean {
    const { labels } = this.#facts as DataFacts;
    const decided = this.#placed().filter(({ screened }) => !screened);
    return isHopeless(loss, {
      uninformed: uninformedLoss(labels, this.#drawn().indices),
      decided: decided.map((one) => one.loss),
    });
  }

  /** Evaluates standing models in fp32 on the round's sample; where that fails on our side they stand as they did. */
  async #decide(runners: readonly Runner[]): Promise<void> {
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

  async #evaluate(runner: Runner, precision: 'fp32' | 'bf16'): Promise<void> {
    const { entry } = runner;
    const { data, files, log, signal, ...o } = this.#context;
    const model = { ...(files.get(entry.modelId) as StoredModel), modelId: entry.modelId };
    try {
      await evaluateModel(model, this.#drawn(), precision, { ...o, data, ...(signal && { signal }) });
      runner.evidence = this.#evidenceOf(entry);
    } catch (error) {
      signal?.throwIfAborted();
      // Without data nobody can be judged: the round has failed. Anything else concerns this model alone, also that the
      // disk has no room for the pixel cache of the input size it chose.
      const lacksRoom = error instanceof HealthTensorError && error.code === 'DISK_FULL';
      if (!lacksRoom && !data.isOpen(entry.spec.imageSize)) throw error;
      const { uid, hotkey } = runner.racer.candidate;
      const reason = `evaluation failed here: ${messageOf(error)}`;
      log.error(`Miner ${uid} (${hotkey}): ${reason}`);
      if (runner.evidence.kind === 'none') this.#fallBack(runner, 'NOT_EVALUATED', reason);
    }
  }

  /** The round's images: drawn when they are first needed; those of a round that was not finished are used up first. */
  #drawn(): StoredSample {
    if (this.#sample !== undefined) return this.#sample;
    const { evaluations, block, blockHash, lastBlock, evaluationImages } = this.#context;
    const { digest: dataDigest, labels } = this.#facts as DataFacts;
    const open = evaluations.newestSample(dataDigest);
    const newest = Math.max(...this.#racing().map(({ entry }) => entry.commitBlock));
    if (open !== undefined && open.block > lastBlock && open.block > newest) return (this.#sample = open);
    const indices = drawStratified({ labels, count: evaluationImages, seed: blockHash, purpose: 'images' });
    const digest = sampleDigest(dataDigest, indices);
    const sample = { digest, dataDigest, block, blockHash, indices };
    evaluations.addSample(sample);
    return (this.#sample = sample);
  }

  #order(): Promise<Ordered<Placed>[]> {
    return orderPlaced(this.#placed(), this.#context.comparisons, (this.#facts as DataFacts).patients);
  }

  #prepare(pairs: readonly (readonly [Placed, Placed])[]): Promise<void> {
    return this.#context.comparisons.prepare(pairs, (this.#facts as DataFacts).patients);
  }

  /** Everybody with evidence, best first by loss alone. */
  #placed(): Placed[] {
    const runners = this.#racing().flatMap(({ racer, entry, evidence }) =>
      evidence.kind === 'decided' || evidence.kind === 'screened' ? [{ racer, entry, evidence }] : [],
    );
    const losses = adjustedLosses(runners.flatMap(({ evidence }) => evidence.losses));
    return runners
      .map(({ racer, entry, evidence }) => ({
        hotkey: racer.candidate.hotkey,
        loss: losses.get(entry.modelId) as number,
        commitBlock: entry.commitBlock,
        modelId: entry.modelId,
        samples: evidence.kind === 'decided' ? evidence.losses.map(({ sample }) => sample) : [],
        screened: evidence.kind === 'screened',
        meanAuroc: evidence.meanAuroc,
        entry,
      }))
      .sort((a, b) => a.loss - b.loss);
  }

  #outcomes(ordered: readonly Ordered<Placed>[]): Map<Hotkey, RaceOutcome> {
    const places = new Map(ordered.map((placed) => [placed.hotkey, placed]));
    return new Map(
      this.#runners.map(({ racer, entry, evidence, waiting, out }): [Hotkey, RaceOutcome] => {
        const { hotkey } = racer.candidate;
        const placed = places.get(hotkey);
        if (placed !== undefined) return [hotkey, { kind: 'valid', placed, ...(waiting && { waiting }) }];
        if (evidence.kind === 'refused' && waiting === undefined) {
          return [hotkey, { kind: 'refused', rejection: evidence.rejection, entry }];
        }
        const { code, reason } = out ??
          waiting ?? { code: 'NOT_EVALUATED', reason: 'it has no evidence yet' };
        return [hotkey, { kind: 'kept', code, reason }];
      }),
    );
  }

  #racing(): Runner[] {
    return this.#runners.filter(({ out }) => out === undefined);
  }

  #runnerOf(hotkey: Hotkey): Runner {
    return this.#runners.find(({ racer }) => racer.candidate.hotkey === hotkey) as Runner;
  }
}

/** The commitment that the runner's model came with, as the model store asks for it. */
function candidateOf({ racer, entry }: Runner): Candidate {
  const { repo, revision, digest } = entry;
  return { ...racer.candidate, repo, revision, digest };
}
