import type { DispatchError, EventRecord } from '@polkadot/types/interfaces';
import { type FailedSubmission, refusal } from './submission.js';

/**
 * How the extrinsic at `index` of a block ended, by the block's events: undefined when it succeeded.
 * @param events the value of System.Events at that block
 */
export function dispatchFailure(events: Iterable<EventRecord>, index: number): FailedSubmission | undefined {
  for (const { phase, event } of events) {
    if (!phase.isApplyExtrinsic || phase.asApplyExtrinsic.toNumber() !== index) continue;
    if (event.section !== 'system') continue;
    if (event.method === 'ExtrinsicSuccess') return undefined;
    if (event.method === 'ExtrinsicFailed') {
      return explain((event.data as unknown as { dispatchError: DispatchError }).dispatchError);
    }
  }
  // Every applied extrinsic leaves one of the two; a node that shows neither is not to be believed.
  return refusal('failed', 'NoOutcome', `the block has no outcome for extrinsic ${index}`, false);
}

function explain(error: DispatchError): FailedSubmission {
  if (!error.isModule) {
    const inner = error.toString();
    return refusal('failed', error.type, `the runtime refused it: ${inner.slice(0, 200)}`);
  }
  try {
    const { section, name, docs } = error.registry.findMetaError(error.asModule);
    const words = docs.map((line) => line.trim()).filter((line) => line !== '');
    return refusal('failed', name, `${section}.${name}${words.length === 0 ? '' : `: ${words.join(' ')}`}`);
  } catch {
    return refusal(
      'failed',
      'UnknownModuleError',
      `an error that the metadata does not describe: ${error.toString()}`,
    );
  }
}
