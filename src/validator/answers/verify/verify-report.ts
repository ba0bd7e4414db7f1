import type { Log } from '../../../common/index.js';
import { type Check, failed, notChecked, passed, warned } from '../check.js';
import { isSignedByValidator, type SignedReport } from '../signature.js';
import { arithmeticChecks, rankedOf } from './arithmetic.js';
import { chainChecks } from './chain.js';
import { imagesChecks } from './images.js';
import { type ImageLosses, type Judge, lossCheck } from './losses.js';
import { imagesOrderCheck } from './order.js';

/** Any size shows which images there are. */
const ANY_IMAGE_SIZE = 32;

export interface VerificationSources {
  /** The chain's nodes; undefined to leave it alone. */
  readonly endpoints: readonly string[] | undefined;
  /** Images and models; undefined when there are no images here. */
  readonly judge: Judge | undefined;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Computes a report again, as far as there is something to compute it from: its signature, its block hashes by the chain, its
 * samples and losses by the same images and the models at their revisions, its order, rewards and scores.
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
  const origin = `round ${report.block} of subnet ${report.netuid} by validator ${report.validator}`;
  if (await isSignedByValidator(report)) return passed('signature', `${origin}, ${report.signature.scheme}`);
  const remedy =
    'Believe nothing in it: it was changed, or never was the validator’s. Ask for the file again.';
  return failed('signature', 'BAD_SIGNATURE', `${origin}: the signature is not the validator's`, remedy);
}

/** What needs the validator's images. */
async function imageChecks(report: SignedReport, o: VerificationSources): Promise<Check[]> {
  const { judge, log, signal } = o;
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
  const { checks, drawn } = imagesChecks(report, facts);
  if (drawn.size < report.samples.length) return checks;
  const ranked = rankedOf(report);
  const losses: ImageLosses = new Map();
  for (const [done, result] of ranked.entries()) {
    log.info(`Model ${done + 1} of ${ranked.length}: uid ${result.uid}, ${result.repo} @ ${result.revision}`);
    checks.push(await lossCheck(result, drawn, losses, judge));
  }
  const unheld = ranked.filter(({ modelId, evaluations }) =>
    evaluations.some((one) => one.precision === 'fp32' && !losses.has(`${modelId} ${one.sample}`)),
  );
  if (unheld.length === 0) return [...checks, await imagesOrderCheck(report, drawn, losses, facts.patients)];
  const text = `not computed again from the images: the losses of ${unheld.length} model(s) are missing`;
  return [...checks, warned('places', text, 'See the lines of those models.')];
}
