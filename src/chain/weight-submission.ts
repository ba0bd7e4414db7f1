import type { KeyringPair } from '@polkadot/keyring/types';
import { messageOf } from '../common/errors.js';
import type { Log } from '../common/log.js';
import type { BlockState } from './block-state.js';
import type { ChainApi } from './chain-api.js';
import { compareWithForecast, readEpochSchedule } from './epoch-schedule-reading.js';
import { type Hyperparameters, readHyperparameters } from './hyperparameters.js';
import { readChainTime } from './reveal-round.js';
import { windowAt } from './reveal-window.js';
import {
  type FailedSubmission,
  type IncludedSubmission,
  refusal,
  type SubmissionResult,
} from './submission.js';
import type { Submitter } from './submitter.js';
import { readBeacon } from './timelock-beacon.js';
import { saltedCommit, timelockedCommit, type WeightCommit } from './weight-commit.js';
import { type WeightMethod, weightMethod } from './weight-method.js';
import { weightRefusal } from './weight-preflight.js';
import { readWeightRules } from './weight-rules.js';

/** What became of the weights: readable at once, or hidden until the chain reveals them. */
export type WeightsOnChain = { readonly kind: 'set' } | ({ readonly kind: 'committed' } & WeightCommit);

export type WeightsResult = (IncludedSubmission & { readonly weights: WeightsOnChain }) | FailedSubmission;

export interface WeightsToSet {
  readonly netuid: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: number | bigint;
  /**
   * Called with a commit just before it is sent, to keep it where a crash cannot take it: without its salt a salted one
   * can never be revealed. When the submission fails it may be called again with another one.
   */
  readonly beforeSend?: (commit: WeightCommit) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

interface Context {
  readonly api: ChainApi;
  readonly submitter: Submitter;
  readonly eraBlocks: number;
  readonly log: Log;
  /** The state at an earlier block of the best chain. */
  readonly stateAt: (block: number) => Promise<BlockState>;
}

/** Sends weights of mechanism 0 in the way that the chain wants at the moment; see Chain.setWeights. */
export async function submitWeights(
  context: Context,
  signer: KeyringPair,
  o: WeightsToSet,
): Promise<WeightsResult> {
  const { api } = context;
  const weights = { ...o, hotkey: signer.address, versionKey: BigInt(o.versionKey) };
  let commit: WeightCommit | undefined;
  const prepare = async (head: BlockState) => {
    commit = undefined;
    const settings = await readHyperparameters(head, o.netuid);
    const refused = weightRefusal(await readWeightRules(head, settings, signer.address), weights);
    if (refused !== undefined) return { refused, netuid: o.netuid };
    const method = weightMethod({
      commitReveal: settings.commitRevealEnabled,
      version: settings.commitRevealVersion,
      hasCall: (name) => api.hasCall('subtensorModule', name),
    });
    if ('ok' in method) return { refused: method, netuid: o.netuid };
    const prepared = await callOf(context, head, { method, settings, weights });
    commit = prepared.commit;
    if (commit !== undefined) await o.beforeSend?.(commit);
    return { call: api.call('subtensorModule', method.call, prepared.args) };
  };
  const result = await context.submitter.submit(signer, prepare, o.signal);
  if (!result.ok) return result;
  if (commit === undefined) return { ...result, weights: { kind: 'set' } };
  return { ...result, weights: { kind: 'committed', ...(await located(context, commit, result)) } };
}

/** Reveals a salted commit; the chain takes it in the commit's reveal window only. */
export function submitReveal(
  { api, submitter }: Pick<Context, 'api' | 'submitter'>,
  signer: KeyringPair,
  commit: WeightCommit,
  signal?: AbortSignal,
): Promise<SubmissionResult> {
  const { netuid, uids, values, salt, versionKey } = commit;
  if (salt === undefined || signer.address !== commit.hotkey) {
    const detail = 'only a salted commit is revealed by its sender, and only by the hotkey that made it';
    return Promise.resolve(refusal('rejected', 'NoWeightsCommitFound', detail));
  }
  const prepare = () => {
    const name = api.hasCall('subtensorModule', 'revealMechanismWeights')
      ? 'revealMechanismWeights'
      : 'revealWeights';
    const args = { netuid, mecid: 0, uids, values, salt, versionKey };
    return Promise.resolve({ call: api.call('subtensorModule', name, args) });
  };
  return submitter.submit(signer, prepare, signal);
}

/** The arguments of the call, by name, and the commit when it is one. */
async function callOf(
  context: Context,
  head: BlockState,
  o: {
    method: WeightMethod;
    settings: Hyperparameters;
    weights: Omit<WeightsToSet, 'versionKey'> & { hotkey: string; versionKey: bigint };
  },
): Promise<{ args: Record<string, unknown>; commit?: WeightCommit }> {
  const { method, settings, weights } = o;
  const { netuid, uids, values, versionKey } = weights;
  if (method.kind === 'set') return { args: { netuid, mecid: 0, dests: uids, weights: values, versionKey } };
  const schedule = await readEpochSchedule(head, netuid);
  await compareWithForecast(head, netuid, schedule, context.log);
  const facts = {
    schedule,
    revealPeriod: settings.revealPeriodEpochs,
    validUntil: head.block.number + context.eraBlocks,
  };
  if (method.kind === 'salted') {
    const commit = saltedCommit(weights, facts);
    return { args: { netuid, mecid: 0, commitHash: commit.commitHash }, commit };
  }
  const time = await readChainTime(head, context.stateAt);
  const { commit, ciphertext } = timelockedCommit(weights, { ...facts, time, ...(await readBeacon(head)) });
  const args = {
    netuid,
    mecid: 0,
    commit: `0x${Buffer.from(ciphertext).toString('hex')}`,
    revealRound: commit.revealRound,
    commitRevealVersion: method.version,
  };
  return { args, commit };
}

/** The commit with the epoch that it is filed under, which is a later one when it had to wait for its block. */
async function located(
  { api, log }: Context,
  commit: WeightCommit,
  { block, blockHash }: { block: number; blockHash: string },
): Promise<WeightCommit> {
  const included = { ...commit, commitBlock: block };
  try {
    return { ...included, ...(await windowAt(await api.at(blockHash), included)) };
  } catch (error) {
    log.debug(`The epoch of the commit in block ${block} is taken as planned: ${messageOf(error)}`);
    return included;
  }
}
