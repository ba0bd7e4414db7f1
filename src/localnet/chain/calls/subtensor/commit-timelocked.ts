import { hexToU8a } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { DrandItems, SubtensorItems, type Account } from '../../state/items.js';
import type { Call, CallContext, CheckContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { commitError, commitFacts, stakeRefusal, type Mechanism } from './commit-rules.js';
import { customErrorCode } from './custom-error.js';
import { epochWithLookahead } from './epoch-schedule.js';
import { mechanismIndex, touchLastUpdate } from './weights.js';

interface TimelockedCommitArguments {
  readonly netuid: number;
  readonly commit: string;
  readonly reveal_round: bigint;
}
type Versioned = TimelockedCommitArguments & { readonly commit_reveal_version: number };

/** subtensor MAX_CRV3_COMMIT_SIZE_BYTES */
const MAX_COMMIT_BYTES = 5000;
/** The version that commit_crv3_mechanism_weights stands for. */
const CRV3_VERSION = 4;

const withinBound = ({ commit }: TimelockedCommitArguments) => hexToU8a(commit).length <= MAX_COMMIT_BYTES;

/** The pool's checks: stake, then a round whose pulse nobody has to wait for. Not the rate limit. */
function check(
  context: CheckContext,
  hotkey: Account,
  { netuid, reveal_round }: TimelockedCommitArguments,
): number | undefined {
  const refusal = stakeRefusal(context, hotkey, netuid);
  if (refusal !== undefined) return refusal;
  const past = reveal_round < context.storage.get(DrandItems.lastStoredRound);
  return past ? customErrorCode('InvalidRevealRound') : undefined;
}

function dispatch(context: CallContext, hotkey: Account, args: Versioned & Mechanism): void {
  const { storage, block, deposit } = context;
  const { netuid, mecid, commit, reveal_round } = args;
  const index = mechanismIndex(netuid, mecid);
  const epoch = epochWithLookahead(storage, netuid, block);
  const commits = storage.get(SubtensorItems.timelockedCommits, index, epoch);
  const facts = {
    ...commitFacts(storage, args, hotkey, block),
    versionFits: args.commit_reveal_version === storage.get(SubtensorItems.commitRevealVersion),
    unrevealed: commits.filter(([who]) => who === hotkey).length,
  };
  ensureSubtensor(commitError(facts));
  const added = [hotkey, BigInt(block), commit, reveal_round] as const;
  storage.set(SubtensorItems.timelockedCommits, [index, epoch], [...commits, added]);
  const hash = blake2AsHex(hexToU8a(commit), 256);
  deposit('SubtensorModule', 'TimelockedWeightsCommitted', [hotkey, index, hash, reveal_round]);
  if (facts.uid !== undefined) touchLastUpdate(storage, index, facts.uid, block);
}

export const commitTimelockedWeights: Call<Versioned> = {
  class: 'Normal',
  pays: false,
  wellFormed: withinBound,
  check,
  dispatch: (context, signer, args) => dispatch(context, signer, { ...args, mecid: 0 }),
};

export const commitTimelockedMechanismWeights: Call<Versioned & Mechanism> = {
  class: 'Normal',
  pays: false,
  wellFormed: withinBound,
  check,
  dispatch,
};

export const commitCrv3MechanismWeights: Call<TimelockedCommitArguments & Mechanism> = {
  class: 'Normal',
  pays: false,
  wellFormed: withinBound,
  check,
  dispatch: (context, signer, args) =>
    dispatch(context, signer, { ...args, commit_reveal_version: CRV3_VERSION }),
};
