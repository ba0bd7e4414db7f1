import { hexToU8a } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { ByteWriter } from '../../codec/bytes.js';
import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account, type WeightCommit } from '../../state/items.js';
import type { Call, CallContext, CheckContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { revealWindow, withoutExpired } from './commit-legacy.js';
import { stakeRefusal, type Mechanism } from './commit-rules.js';
import { customErrorCode } from './custom-error.js';
import { applyWeights, mechanismIndex } from './weights.js';

interface Reveal {
  readonly netuid: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly version_key: bigint;
}

/** blake2_256 over hotkey, storage index, uids, values, salt and version key in SCALE (subtensor get_commit_hash). */
export function commitHash(
  hotkey: Account,
  index: number,
  { uids, values, salt, version_key }: Pick<Reveal, 'uids' | 'values' | 'salt' | 'version_key'>,
): string {
  const writer = new ByteWriter();
  writer.push(hexToU8a(hotkey));
  writer.unsigned(BigInt(index), 2);
  for (const list of [uids, values, salt]) {
    writer.compact(BigInt(list.length));
    for (const one of list) writer.unsigned(BigInt(one), 2);
  }
  writer.unsigned(version_key, 8);
  return blake2AsHex(writer.bytes(), 256);
}

/** Why a reveal of `hash` cannot be, in the order of subtensor's internal_reveal_weights. */
export function revealError(facts: {
  commitReveal: boolean;
  /** Hashes in the queue; undefined when the hotkey has none at all. */
  queue: { expired: readonly string[]; waiting: readonly string[] } | undefined;
  hash: string;
  /** Whether this is the epoch in which the commit of this hash is revealed. */
  inRange: boolean;
}): SubtensorError | undefined {
  const { queue, hash } = facts;
  if (!facts.commitReveal) return 'CommitRevealDisabled';
  if (queue === undefined) return 'NoWeightsCommitFound';
  if (!queue.waiting.includes(hash)) {
    if (queue.expired.includes(hash)) return 'ExpiredWeightCommit';
    return queue.waiting.length === 0 ? 'NoWeightsCommitFound' : 'InvalidRevealCommitHashNotMatch';
  }
  return facts.inRange ? undefined : 'RevealTooEarly';
}

/** The pool's checks: stake, a commit with this hash, and the epoch in which it is revealed. */
function check(
  { storage, block }: CheckContext,
  hotkey: Account,
  args: Reveal & Mechanism,
): number | undefined {
  const { netuid, mecid } = args;
  const refusal = stakeRefusal({ storage, block }, hotkey, netuid);
  if (refusal !== undefined) return refusal;
  const index = mechanismIndex(netuid, mecid);
  const hash = commitHash(hotkey, index, args);
  const commits = storage.get(SubtensorItems.weightCommits, index, hotkey) ?? [];
  const commit = commits.find(([committed]) => committed === hash);
  if (commit === undefined) return customErrorCode('NoWeightsCommitFound');
  const open = revealWindow(storage, netuid, commit[1], block) === 'open';
  return open ? undefined : customErrorCode('RevealTooEarly');
}

function dispatch(context: CallContext, hotkey: Account, args: Reveal & Mechanism): void {
  const { storage, block, deposit } = context;
  const { netuid, mecid, uids, values, version_key } = args;
  const index = mechanismIndex(netuid, mecid);
  const hash = commitHash(hotkey, index, args);
  const commits = storage.get(SubtensorItems.weightCommits, index, hotkey);
  const { expired, waiting } = withoutExpired(storage, netuid, commits ?? [], block);
  const position = waiting.findIndex(([committed]) => committed === hash);
  const found = waiting[position];
  ensureSubtensor(
    revealError({
      commitReveal: storage.get(SubtensorItems.commitRevealEnabled, netuid),
      queue: commits && { expired: expired.map(hashOf), waiting: waiting.map(hashOf) },
      hash,
      inRange: found !== undefined && revealWindow(storage, netuid, found[1], block) === 'open',
    }),
  );
  // Older commits go with it.
  const rest = waiting.slice(position + 1);
  if (rest.length === 0) storage.remove(SubtensorItems.weightCommits, index, hotkey);
  else storage.set(SubtensorItems.weightCommits, [index, hotkey], rest);
  applyWeights(context, hotkey, { netuid, mecid, dests: uids, weights: values, version_key });
  deposit('SubtensorModule', 'WeightsRevealed', [hotkey, index, hash]);
}

function hashOf([hash]: WeightCommit): string {
  return hash;
}

export const revealWeights: Call<Reveal> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, args) => check(context, signer, { ...args, mecid: 0 }),
  dispatch: (context, signer, args) => dispatch(context, signer, { ...args, mecid: 0 }),
};

export const revealMechanismWeights: Call<Reveal & Mechanism> = {
  class: 'Normal',
  pays: false,
  check,
  dispatch,
};
