import type { Log } from '../../../common/index.js';
import type { RoundResult } from '../../report.js';
import { type Check, notChecked, passed, warned } from '../check.js';
import { forgeryCheck } from '../forgery-check.js';
import type { SignedReport } from '../signature.js';
import { arithmeticChecks, rankedOf } from './arithmetic.js';
import { chainChecks } from './chain.js';
import type { Judge } from './fetched-model.js';
import { type DrawnSamples, imagesChecks } from './images.js';
import { type ImageLosses, lossCheck } from './losses.js';
import { imagesOrderCheck } from './order.js';
import { refusalCheck, refusalsOf } from './refusals.js';

/** Any size shows which images there are. */
const ANY_IMAGE_SIZE = 32;

export interface VerificationSources {
  /** The chain's nodes; undefined to leave it alone. */
  readonly endpoints: readonly string[] | undefined;
  /** Images and models; undefined when there are no images here. */
  readonly judge: Judge | undefined;
  /** Only the models in the first so many places, and no refused one; all when undefined. */
  readonly best?: number | undefined;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Computes a report again, as far as there is something to compute it from: its signature, its block hashes by the chain, its
 * samples, losses and refusals by the same images and the models at their revisions, its order, rewards and scores.
 * @throws the signal's reason
 */
export async function verifyReport(report: SignedReport, o: VerificationSources): Promise<Check[]> {
  const checks = [await signatureCheck(report), ...arithmeticChecks(report)];
  // Nobody stands by these numbers, or they fit nothing that could be computed.
  if (
    checks.some(
      ({ code }) => code === 'BAD_SIGNATURE' || code === 'OTHER_RULES' || code === 'REPORT_CONTRADICTS',
    )
  )
    return checks;
  if (o.endpoints === undefined) {
    checks.push(warned('chain', 'not asked for the blocks', 'Leave --offline out.'));
  } else {
    checks.push(...(await chainChecks(report, { ...o, endpoints: o.endpoints })));
  }
  return [...checks, ...(await imageChecks(report, o))];
}

async function signatureCheck(report: SignedReport): Promise<Check> {
  const { block, netuid, validator, signature } = report;
  return (
    (await forgeryCheck(report, 'signature')) ??
    passed('signature', `round ${block} of subnet ${netuid} by validator ${validator}, ${signature.scheme}`)
  );
}

/** What needs the validator's images. */
async function imageChecks(report: SignedReport, o: VerificationSources): Promise<Check[]> {
  const { judge, signal } = o;
  if (judge === undefined) {
    const remedy = 'Give the folder of the same data set with --dataset.path.';
    return [warned('data', 'no images here: samples, losses and near ties were not computed again', remedy)];
  }
  let facts;
  try {
    ({ facts } = await judge.data.open(ANY_IMAGE_SIZE, signal));
  } catch (error) {
    signal?.throwIfAborted();
    return [{ ...notChecked('data', error), level: 'failure' }];
  }
  const { checks, drawn } = await imagesChecks(report, facts, signal);
  if (drawn.size < report.samples.length) return checks;
  return [...checks, ...(await placeChecks(report, drawn, facts.patients, { ...o, judge }))];
}

/** The models of the places that are asked for, and the order that comes out of their images. */
async function placeChecks(
  report: SignedReport,
  drawn: DrawnSamples,
  patients: Uint32Array,
  { judge, log, best = Infinity }: VerificationSources & { judge: Judge },
): Promise<Check[]> {
  const checks: Check[] = [];
  const places = rankedOf(report);
  const ranked = places.slice(0, best);
  const losses: ImageLosses = new Map();
  for (const [done, result] of ranked.entries()) {
    log.info(`Model ${done + 1} of ${ranked.length}: uid ${result.uid}, ${result.repo} @ ${result.revision}`);
    checks.push(await lossCheck(result, drawn, losses, judge));
  }
  const unheld = ranked.filter(({ modelId, evaluations }) =>
    evaluations.some((one) => one.precision === 'fp32' && !losses.has(`${modelId} ${one.sample}`)),
  );
  if (unheld.length === 0) {
    checks.push(await imagesOrderCheck(report, ranked.length, drawn, losses, patients));
  } else {
    const text = `not computed again from the images: the losses of ${unheld.length} model(s) are missing`;
    checks.push(warned('places', text, 'See the lines of those models.'));
  }
  const { again, rest } = refusalsOf(report);
  if (best !== Infinity) {
    const text = `${places.length - ranked.length} other places and ${again.length + rest.length} refusals were left out`;
    return [...checks, warned('left-out', text, 'Leave --best out to judge all.')];
  }
  for (const [done, result] of again.entries()) {
    log.info(
      `Refusal ${done + 1} of ${again.length}: uid ${result.uid}, ${result.repo} @ ${result.revision}`,
    );
    checks.push(await refusalCheck(result, report, judge));
  }
  return rest.length === 0 ? checks : [...checks, notJudged(rest)];
}

/** Refusals that rest on what was so at the time, or on models that are not here. */
function notJudged(rest: readonly RoundResult[]): Check {
  const codes = [...new Set(rest.map(({ code }) => code))].join(', ');
  const text = `${rest.length} refusals cannot be judged again from the bytes: ${codes}`;
  return warned('refusals', text, 'Look at them with validator explain, or ask the validator.');
}
