import { type Chain, sameWeights } from '../chain/index.js';
import { HealthTensorError, type Hotkey, type Log, messageOf } from '../common/index.js';
import { weightsDueBlock } from './epoch.js';
import type { ValidatorSettings } from './settings.js';
import type { Store } from './store.js';
import { followCommits, type RevealContext, whenOf } from './weight-reveals.js';
import { WEIGHTS_VERSION_KEY, weightsOf } from './weights.js';

export interface WeightContext {
  readonly chain: RevealContext['chain'] &
    Pick<Chain, 'settled' | 'metagraph' | 'hyperparameters' | 'setWeights' | 'weights'>;
  readonly signer: Parameters<Chain['setWeights']>[0];
  readonly ownHotkey: Hotkey;
  readonly store: Pick<Store, 'scores' | 'recordWeightSetting' | 'commits'>;
  readonly settings: Pick<ValidatorSettings, 'netuid' | 'epochLength' | 'disableSetWeights'>;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** What became of a weight setting; `due` says when the next may be. */
export type WeightOutcome =
  | { readonly kind: 'set' | 'committed'; readonly block: number }
  | { readonly kind: 'not-due'; readonly due: number }
  | { readonly kind: 'disabled' | 'no-scores' }
  | { readonly kind: 'failed'; readonly name: string; readonly retryable: boolean };

/**
 * Looks after earlier commits, then sets the weights when an epoch has passed since the last ones: openly, and reads them
 * back, or as a commit that is followed until the chain reveals it.
 * @throws HealthTensorError NOT_REGISTERED, or when the chain is out of reach
 */
export async function setWeightsIfDue(context: WeightContext): Promise<WeightOutcome> {
  const { chain, signer, ownHotkey, settings, store, log, signal } = context;
  if (settings.disableSetWeights) return { kind: 'disabled' };
  const { netuid } = settings;
  // What a crash left behind may still find its block: only then the chain tells when the next ones are due.
  await chain.settled(ownHotkey, signal);
  await followCommits(context);
  // A commit that is in no journal (that file was lost) may find its block too.
  const underway = store.commits.open().find(({ state }) => state === 'sent');
  if (underway !== undefined) return { kind: 'not-due', due: underway.commit.validUntil + 1 };
  const [metagraph, hyperparameters] = await Promise.all([
    chain.metagraph(netuid),
    chain.hyperparameters(netuid),
  ]);
  const own = metagraph.neurons.find(({ hotkey }) => hotkey === ownHotkey);
  if (own === undefined) throw notRegistered(ownHotkey, netuid);
  const { weightsRateLimit, minAllowedWeights, maxWeightsLimit } = hyperparameters;
  const due = weightsDueBlock({
    lastUpdate: own.lastUpdate,
    epochLength: settings.epochLength,
    weightsRateLimit,
  });
  if (metagraph.block < due) return { kind: 'not-due', due };
  let weights: { uids: number[]; values: number[] };
  try {
    weights = weightsOf({
      neurons: metagraph.neurons,
      scores: store.scores(metagraph.neurons),
      minAllowedWeights,
      maxWeightsLimit,
    });
  } catch (error) {
    if (!(error instanceof HealthTensorError && error.code === 'NO_SCORES')) throw error;
    log.warning(error.message);
    return { kind: 'no-scores' };
  }
  const result = await chain.setWeights(signer, {
    netuid,
    ...weights,
    versionKey: WEIGHTS_VERSION_KEY,
    beforeSend: (commit) => store.commits.add(commit),
    ...(signal ? { signal } : {}),
  });
  store.recordWeightSetting({ block: metagraph.block, ok: result.ok, detail: { ...result, ...weights } });
  if (!result.ok) {
    if (result.kind !== 'timed-out') store.commits.settleSent(); // otherwise a block may hold it: it is followed
    log.error(`Weights not set: ${result.kind}, ${result.name}: ${result.detail}`);
    return { kind: 'failed', name: result.name, retryable: result.retryable };
  }
  if (result.weights.kind === 'committed') {
    store.commits.included(result.weights);
    store.commits.settleSent();
    const uids = `${weights.uids.length} uids (${shownWeights(weights)})`;
    log.success(`Weights committed in block ${result.block} for ${uids}; revealed ${whenOf(result.weights)}`);
    return { kind: 'committed', block: result.block };
  }
  await readBack(context, own.uid, weights, result.block);
  return { kind: 'set', block: result.block };
}

/** Believes nothing but what the chain now holds. */
async function readBack(
  { chain, settings, log }: WeightContext,
  uid: Parameters<Chain['weights']>[1],
  sent: { uids: number[]; values: number[] },
  block: number,
): Promise<void> {
  const shown = shownWeights(sent);
  try {
    const same = sameWeights(await chain.weights(settings.netuid, uid), sent);
    if (same)
      log.success(`Weights set in block ${block} for ${sent.uids.length} uids (${shown}), read back equal`);
    else log.error(`The chain holds other weights than were sent in block ${block} (sent ${shown}).`);
  } catch (error) {
    // They are set all the same.
    log.warning(`Weights set in block ${block}, but they could not be read back: ${messageOf(error)}`);
  }
}

/** The five largest. */
function shownWeights({ uids, values }: { uids: number[]; values: number[] }): string {
  return uids
    .map((to, index) => ({ to, value: values[index] ?? 0 }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 5)
    .map(({ to, value }) => `${to}: ${value}`)
    .join(', ');
}

/** The error of a hotkey without a uid, with what to type. */
export function notRegistered(hotkey: Hotkey, netuid: number): HealthTensorError {
  return new HealthTensorError('NOT_REGISTERED', `Hotkey ${hotkey} is not registered on subnet ${netuid}.`, {
    remedy: `healthtensor register --netuid ${netuid}, with this wallet and network (or btcli subnets register).`,
  });
}
