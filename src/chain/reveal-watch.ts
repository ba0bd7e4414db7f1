import { hexToU8a } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import type { BlockState } from './block-state.js';
import { epochOfNextBlock } from './epoch-schedule.js';
import { readEpochSchedule } from './epoch-schedule-reading.js';
import { readHyperparameters } from './hyperparameters.js';
import { asArray, asHex, asNumber } from './json-shape.js';
import { windowAt } from './reveal-window.js';
import { isOutage } from './rpc-errors.js';
import type { WeightCommit } from './weight-commit.js';
import { weightRefusal } from './weight-preflight.js';
import { readWeightRules } from './weight-rules.js';
import { readWeights, sameWeights } from './weights.js';

/** Where a commit stands. The chain says nothing when it drops one: whoever does not look never knows. */
export type CommitOutcome =
  /** Its era is over and no block holds it. */
  | { readonly kind: 'unsent' }
  /** Nothing to do yet; `commit` has what was learnt about it. */
  | { readonly kind: 'waiting'; readonly commit: WeightCommit }
  /** A salted one whose window is open: reveal it now. */
  | { readonly kind: 'reveal-now'; readonly commit: WeightCommit }
  /** `block` is unknown when the node has forgotten it and the weights on the chain are the proof. */
  | { readonly kind: 'revealed'; readonly block?: number }
  | { readonly kind: 'missed'; readonly reason: string };

export interface States {
  head(): Promise<BlockState>;
  at(block: number): Promise<BlockState>;
}

/** @throws HealthTensorError on outages; SUBNET_MISSING */
export async function commitOutcome(states: States, asKnown: WeightCommit): Promise<CommitOutcome> {
  const head = await states.head();
  const uid = await uidOf(head, asKnown);
  if (uid === undefined)
    return { kind: 'missed', reason: 'the hotkey is no longer registered on the subnet' };
  const commit = asKnown.commitBlock === undefined ? await found(states, head, asKnown, uid) : asKnown;
  if (commit === undefined) {
    return head.block.number > asKnown.validUntil ? { kind: 'unsent' } : { kind: 'waiting', commit: asKnown };
  }
  const { revealPeriodEpochs } = await readHyperparameters(head, commit.netuid);
  const epoch = epochOfNextBlock(await readEpochSchedule(head, commit.netuid));
  const revealEpoch = commit.commitEpoch + revealPeriodEpochs;
  if (epoch < revealEpoch) return { kind: 'waiting', commit };
  if (!(await isHeld(head, commit))) return whatBecame(states, head, commit, uid);
  if (commit.method === 'timelocked') return { kind: 'waiting', commit };
  if (epoch === revealEpoch) return { kind: 'reveal-now', commit };
  return { kind: 'missed', reason: 'it was not revealed in its epoch and has expired' };
}

/** Completes a commit whose sender died before it saw the block: LastUpdate names it. Undefined when there is none. */
async function found(
  states: States,
  head: BlockState,
  commit: WeightCommit,
  uid: number,
): Promise<WeightCommit | undefined> {
  const updates = asArray(await head.value('subtensorModule', 'lastUpdate', commit.netuid), 'LastUpdate');
  const commitBlock = asNumber(updates[uid] ?? 0, 'LastUpdate');
  if (commitBlock <= commit.headBlock || commitBlock > commit.validUntil) return undefined;
  const window = await ifKept(async () => windowAt(await states.at(commitBlock), commit));
  return { ...commit, commitBlock, ...window };
}

/** Whether the chain still holds the commit, unrevealed. */
async function isHeld(state: BlockState, commit: WeightCommit): Promise<boolean> {
  const { netuid, hotkey, commitEpoch, commitHash } = commit;
  const held = (item: string, key: unknown) => state.value('subtensorModule', item, netuid, key);
  if (commit.method === 'salted') {
    const commits = asArray((await held('weightCommits', hotkey)) ?? [], 'WeightCommits');
    return commits.some((entry) => asArray(entry, 'a commit')[0] === commitHash);
  }
  const commits = asArray(
    (await held('timelockedWeightCommits', commitEpoch)) ?? [],
    'TimelockedWeightCommits',
  );
  return commits.some((entry) => {
    const [who, , bytes] = asArray(entry, 'a commit');
    return who === hotkey && blake2AsHex(hexToU8a(asHex(bytes, 'a commit')), 256) === commitHash;
  });
}

/** The chain has let go of the commit: looks for the block in which it did, and what it said there. */
async function whatBecame(
  states: States,
  head: BlockState,
  commit: WeightCommit,
  uid: number,
): Promise<CommitOutcome> {
  const known = await ifKept(() => lastHeld(states, head.block.number, commit));
  if (known === undefined) {
    // A node that prunes its states, or a restart long after: what counts are the weights.
    if (sameWeights(await readWeights(head, commit.netuid, uid), commit)) return { kind: 'revealed' };
    return { kind: 'missed', reason: 'the chain no longer holds it, and holds other weights' };
  }
  const after = await states.at(known.block.number + 1);
  for (const { event } of await after.events()) {
    if (event.section !== 'subtensorModule' || event.method !== REVEALED[commit.method]) continue;
    const fields = event.data.map((field) => field.toString());
    if (fields.includes(commit.hotkey) && fields.includes(String(commit.netuid))) {
      return { kind: 'revealed', block: after.block.number };
    }
  }
  return { kind: 'missed', reason: await reasonOf(known, commit) };
}

const REVEALED = { timelocked: 'TimelockedWeightsRevealed', salted: 'WeightsRevealed' } as const;

/** The state at the last block that still held the commit, by halving; undefined when its own block did not. */
async function lastHeld(states: States, head: number, commit: WeightCommit): Promise<BlockState | undefined> {
  let held = commit.commitBlock ?? commit.headBlock;
  let gone = head;
  let last = await states.at(held);
  if (!(await isHeld(last, commit))) return undefined;
  while (gone - held > 1) {
    const middle = await states.at(Math.floor((held + gone) / 2));
    if (await isHeld(middle, commit)) {
      held = middle.block.number;
      last = middle;
    } else gone = middle.block.number;
  }
  return last;
}

/** Why the chain dropped a commit, from the state that its reveal started from: nobody else tells. */
async function reasonOf(state: BlockState, commit: WeightCommit): Promise<string> {
  if (commit.revealRound !== undefined) {
    const [pulse, last] = await state.values([
      ['drand', 'pulses', commit.revealRound],
      ['drand', 'lastStoredRound'],
    ]);
    if (pulse === undefined) {
      const newest = asNumber(last ?? 0, 'LastStoredRound');
      return `drand's round ${commit.revealRound} did not reach the chain in time (its newest was ${newest})`;
    }
  }
  const settings = await readHyperparameters(state, commit.netuid);
  const rules = await readWeightRules(state, settings, commit.hotkey);
  const refused = weightRefusal({ ...rules, lastUpdate: 0 }, commit); // reveals know no rate limit
  return refused === undefined
    ? 'the chain dropped it and does not say why'
    : `${refused.name}: ${refused.detail}`;
}

async function uidOf(state: BlockState, { netuid, hotkey }: WeightCommit): Promise<number | undefined> {
  const uid = await state.value('subtensorModule', 'uids', netuid, hotkey);
  return uid === undefined ? undefined : asNumber(uid, 'a uid');
}

/** Undefined when the node no longer has the blocks that are asked for; outages pass. */
async function ifKept<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isOutage(error)) throw error;
    return undefined;
  }
}
