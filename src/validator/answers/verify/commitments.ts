import type { Commitment, Neuron } from '../../../chain/index.js';
import type { RoundReport, RoundResult } from '../../report.js';
import { judgeCommitment } from '../../selection.js';
import { type Check, failed, passed } from '../check.js';

const REMEDY = 'Ask the validator: it judged what the hotkey has not committed.';

/**
 * Whether the models in the report are those that the hotkeys have committed. The chain keeps the newest commitment alone, so
 * this tells of those who have neither committed nor registered again since.
 */
export function commitmentsCheck(
  report: RoundReport,
  neurons: readonly Neuron[],
  commitments: readonly Commitment[],
): Check {
  const registered = new Map(neurons.map((neuron) => [neuron.hotkey, neuron]));
  const committed = new Map(commitments.map((commitment) => [commitment.hotkey, commitment]));
  let compared = 0;
  for (const result of report.results) {
    const neuron = registered.get(result.hotkey);
    const commitment = committed.get(result.hotkey);
    if (neuron?.registrationBlock !== result.registrationBlock) continue;
    if (commitment === undefined || commitment.block > report.chainBlock) continue;
    const fault = faultOf(result, commitment);
    if (fault !== undefined)
      return failed('commitments', 'OTHER_COMMITMENT', `uid ${result.uid}: ${fault}`, REMEDY);
    compared++;
  }
  const rest = report.results.length - compared;
  return passed(
    'commitments',
    `${compared} results are of what the hotkeys have committed${rest === 0 ? '' : `; ${rest} cannot be compared any more`}`,
  );
}

function faultOf(result: RoundResult, commitment: Commitment): string | undefined {
  const { uid, hotkey, registrationBlock, waiting } = result;
  const judged = judgeCommitment({ uid, hotkey, registrationBlock }, commitment);
  if ('rejection' in judged) {
    if (result.code === judged.rejection.code) return undefined;
    return `its commitment is refused (${judged.rejection.code}), in the report it is not`;
  }
  const { repo, revision, digest, commitBlock } = judged;
  const newest = waiting ?? result;
  if (newest.repo !== repo || newest.revision !== revision)
    return `committed ${repo} @ ${revision}, in the report ${newest.repo} @ ${newest.revision}`;
  if (waiting !== undefined) return undefined;
  if (result.digest !== undefined && result.digest !== digest)
    return `committed the digest ${digest}, in the report ${result.digest}`;
  if ((result.commitBlock ?? 0) > commitBlock)
    return `committed in block ${commitBlock}, in the report in block ${result.commitBlock}`;
  return undefined;
}
