import { formatCommitment, modelDigest } from '../../chain/index.js';
import {
  HealthTensorError,
  type Hotkey,
  type ModelSpec,
  reject,
  type RepoId,
  type Revision,
  sha256File,
  type Verdict,
} from '../../common/index.js';
import type { EvaluationData } from '../evaluation-data.js';
import { judgeModelFolder } from '../model-gates.js';
import { modelIdentity } from '../model-identity.js';
import type { StoredModel } from '../model-store.js';
import { drawStratified } from '../sampling.js';
import { uninformedLoss } from '../screen.js';
import { type Check, failed, passed, refused, warned } from './check.js';
import { forgeryCheck } from './forgery-check.js';
import type { SignedReport } from './signature.js';
import type { Tools } from './tools.js';

/** Any draw of images does for a look at oneself; the same each time, so that two models can be compared. */
const SEED = 'healthtensor self-check';
const FETCH_DEADLINE_MS = 300_000;

/** What is checked: a folder as the miner's outbox has them, or what is on the hub. */
export type SelfCheckTarget =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'revision'; readonly repo: RepoId; readonly revision: Revision };

export interface SelfCheckOptions {
  /** Whose commitment it is to be; undefined when no wallet is here. */
  readonly hotkey: Hotkey | undefined;
  /** A validator's, to look for copies and places; undefined when none was given. */
  readonly report: SignedReport | undefined;
  readonly evaluationImages: number;
  readonly maxImageSize: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}

/**
 * Puts a model through everything that a validator does with it, by the validator's own functions and in this order, and stops
 * where a validator would: what follows then says nothing.
 * @throws HealthTensorError when the folder, the hub, the engine or the data set fails; the signal's reason
 */
export async function selfCheck(
  target: SelfCheckTarget,
  tools: Tools,
  o: SelfCheckOptions,
): Promise<Check[]> {
  const forged = o.report && (await forgeryCheck(o.report));
  if (forged !== undefined) return [forged];
  const model = await obtain(target, tools, o);
  if (!model.ok) return [refused('files', model)];
  const { spec } = model;
  const shape = `${spec.architecture}, ${spec.channels} x ${spec.imageSize} x ${spec.imageSize}`;
  const checks = [passed('files', `${shape}; SHA-256 of the weights ${model.weightsSha256}`)];
  const inspected = await tools.evaluator.inspect(model);
  if (!inspected.ok) return [...checks, refused('weights', inspected)];
  const { parameters, tensorDigest } = inspected;
  checks.push(
    passed('weights', `${parameters} parameters, all finite; digest of the tensors ${tensorDigest}`),
    ...commitmentChecks(target, model, o.hotkey),
    ...copyChecks(modelIdentity({ ...model, tensorDigest }), o),
  );
  const { data } = tools;
  if (data === undefined) {
    const remedy = 'Give a folder of X-rays with --dataset.path; the loss is on those images.';
    return [...checks, warned('evaluation', 'not evaluated: no images here', remedy)];
  }
  return [...checks, ...(await evaluationChecks(model, { ...tools, data }, o))];
}

type Obtained = Verdict<StoredModel & { readonly spec: ModelSpec }>;

async function obtain(target: SelfCheckTarget, { models }: Tools, o: SelfCheckOptions): Promise<Obtained> {
  const { maxImageSize, signal } = o;
  if (target.kind === 'revision') {
    const { repo, revision } = target;
    const hotkey = o.hotkey ?? ('' as Hotkey); // without a digest nothing is bound to it
    const fetch = { deadlineMs: FETCH_DEADLINE_MS, maxImageSize, ...(signal ? { signal } : {}) };
    return await models.fetch({ hotkey, repo, revision }, fetch);
  }
  const judged = await judgeModelFolder(target.path, { maxImageSize }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return reject('FILE_MISSING', `${target.path} has no config.json and model.safetensors`);
  });
  if (!judged.ok) return judged;
  return { ...judged, weightsSha256: await sha256File(judged.weightsPath, signal) };
}

/** The commitment that goes with the model, when it can be told. */
function commitmentChecks(
  target: SelfCheckTarget,
  { weightsSha256 }: StoredModel,
  hotkey: Hotkey | undefined,
): Check[] {
  if (hotkey === undefined) {
    const remedy = 'Give the wallet, or --hotkey, to see the digest that binds the weights to it.';
    return [warned('commitment', 'no hotkey here to commit it with', remedy)];
  }
  const digest = modelDigest(weightsSha256, hotkey);
  if (target.kind === 'folder') return [passed('commitment', `digest for ${hotkey}: ${digest}`)];
  try {
    return [passed('commitment', formatCommitment({ ...target, digest }))];
  } catch (error) {
    if (!(error instanceof HealthTensorError)) throw error;
    return [failed('commitment', error.code, error.message, error.remedy ?? 'See the message.')];
  }
}

/** Whether somebody else's result in the report has the same file or the same tensors. */
function copyChecks(
  model: { readonly weightsSha256: string; readonly tensorDigest: string },
  { report, hotkey }: SelfCheckOptions,
): Check[] {
  if (report === undefined) return [];
  const same = report.results.find(
    (one) =>
      one.hotkey !== hotkey &&
      one.outcome !== 'refused' && // who has copied these weights does not own them
      (one.weightsSha256 === model.weightsSha256 || one.tensorDigest === model.tensorDigest),
  );
  if (same === undefined)
    return [
      passed(
        'copy',
        `nobody else in round ${report.block} has these weights; near copies a validator alone finds`,
      ),
    ];
  const by = same.weightsSha256 === model.weightsSha256 ? 'file' : 'tensors';
  const since = same.commitBlock === undefined ? '' : `, who committed them in block ${same.commitBlock}`;
  const detail = `the same ${by} as uid ${same.uid}, ${same.hotkey}${since}`;
  return [refused('copy', reject('COPY_OF', detail, { by, holder: same.hotkey }))];
}

async function evaluationChecks(
  { spec, weightsPath }: StoredModel,
  { evaluator, data }: { evaluator: Tools['evaluator']; data: EvaluationData },
  { evaluationImages, batchSize, report, hotkey, signal }: SelfCheckOptions,
): Promise<Check[]> {
  const { facts } = await data.open(spec.imageSize, signal);
  const indices = drawStratified({
    labels: facts.labels,
    count: evaluationImages,
    seed: SEED,
    purpose: 'images',
  });
  const began = performance.now();
  const task = { spec, weightsPath, indices, batchSize, precision: 'fp32' as const };
  const verdict = await data.use(
    spec.imageSize,
    (cachePath) => evaluator.evaluate({ ...task, cachePath, ...(signal ? { signal } : {}) }),
    signal,
  );
  if (!verdict.ok) return [refused('evaluation', verdict)];
  const { loss, meanAuroc, images } = verdict.evaluation;
  if (!Number.isFinite(loss)) return [refused('evaluation', reject('NOT_FINITE', `the loss is ${loss}`))];
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const auroc = meanAuroc === null ? '' : `, mean AUROC ${meanAuroc.toFixed(4)}`;
  const text = `loss ${loss.toFixed(6)}${auroc} on ${images} images in ${seconds} s`;
  const blind = uninformedLoss(facts.labels, indices);
  return [
    loss < blind
      ? passed('evaluation', text)
      : warned(
          'evaluation',
          `${text}; who only knows how frequent each finding is has ${blind.toFixed(6)}`,
          'Train longer, or look at the data: it is valid, but stands behind every model that has learnt something.',
        ),
    ...placeChecks(loss, facts.digest, { report, hotkey }),
  ];
}

/** Where the loss would stand among the others in the report; only of the same images is it more than a guess. */
function placeChecks(
  loss: number,
  dataDigest: string,
  { report, hotkey }: Pick<SelfCheckOptions, 'report' | 'hotkey'>,
): Check[] {
  if (report === undefined) return [];
  const losses = report.results.flatMap((one) =>
    one.rank === undefined || one.hotkey === hotkey ? [] : [one.loss ?? Infinity],
  );
  const place = losses.filter((other) => other <= loss).length + 1;
  const text = `by this loss about place ${place} of ${losses.length + 1} in round ${report.block}`;
  if (report.data?.digest === dataDigest) return [passed('place', text)];
  const remedy = "Take it as a hint: the validator's images are its own.";
  return [warned('place', `${text}, though on other images than the validator's`, remedy)];
}
