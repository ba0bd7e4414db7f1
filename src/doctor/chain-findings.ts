import {
  type Hyperparameters,
  NEWEST_COMMIT_REVEAL_VERSION,
  type Neuron,
  type SubnetFacts,
} from '../chain/index.js';
import { failure, type Finding, type Role, ok, warning } from './finding.js';

/** What the chain says of the subnet and of the hotkey, read at its head. */
export interface ChainFacts {
  /** finney, test, local, or the address. */
  readonly network: string;
  readonly netuid: number;
  readonly subnet: SubnetFacts;
  readonly hyperparameters: Hyperparameters;
  /** Undefined when the hotkey is not registered. */
  readonly own: Neuron | undefined;
}

/** What this host would do there. */
export interface Intent {
  readonly versionKey: number;
  /** Blocks between two weight settings. */
  readonly epochLength: number;
}

const RAO_PER_TAO = 1e9;
const BLOCK_SECONDS = 12;
/** What people call this subnet, in their own spelling. */
const OUR_NAME = /health[\s_-]*tensor/i;

/** Every check that the chain's answers decide, in the order of the report. */
export function chainFindings(facts: ChainFacts, intent: Intent): Finding[] {
  const { own } = facts;
  return [
    subnetFinding(facts),
    registrationFinding(facts),
    ...(own === undefined
      ? []
      : [of('validator', permitFinding(facts, own)), of('validator', stakeFinding(facts, own))]),
    of('validator', versionKeyFinding(facts, intent)),
    of('validator', rateLimitFinding(facts, intent)),
    of('validator', commitRevealFinding(facts)),
    immunityFinding(facts),
  ];
}

function of(role: Role, finding: Finding): Finding {
  return { ...finding, role };
}

/** Subnets change hands and numbers differ between networks: the name is the only sign that this one is ours. */
function subnetFinding({ network, netuid, subnet }: ChainFacts): Finding {
  const shown = subnet.name === undefined ? 'has no name' : `is named ${JSON.stringify(subnet.name)}`;
  const text = `${netuid} on ${network} ${shown}, owner ${subnet.owner ?? 'unknown'}`;
  const isPublic = network === 'finney' || network === 'test';
  if (subnet.name !== undefined ? OUR_NAME.test(subnet.name) : !isPublic) return ok('subnet', text);
  const remedy =
    'Make sure that this is the HealthTensor subnet of that network before you stake or pay for a registration; else give its number with --netuid.';
  return warning('subnet', text, remedy);
}

function registrationFinding({ netuid, subnet, hyperparameters, own }: ChainFacts): Finding {
  if (own !== undefined) {
    const immuneUntil = own.registrationBlock + hyperparameters.immunityPeriod;
    const immune = immuneUntil > subnet.block ? `, immune until block ${immuneUntil}` : '';
    return ok('registration', `uid ${own.uid}, registered in block ${own.registrationBlock}${immune}`);
  }
  const price = tao(hyperparameters.burnRao);
  const text = `the hotkey is not registered on subnet ${netuid}; a registration costs ${price} now`;
  const closed = 'The subnet takes no registrations at the moment: ask its owner.';
  const open = `healthtensor register --netuid ${netuid}, or btcli subnets register --netuid ${netuid}.`;
  return failure('registration', text, hyperparameters.registrationAllowed ? open : closed);
}

function permitFinding({ netuid }: ChainFacts, own: Neuron): Finding {
  if (own.validatorPermit) return ok('permit', `uid ${own.uid} holds a validator permit`);
  const remedy = `Add stake to the hotkey on subnet ${netuid}: the neurons with the most stake get permits at each epoch.`;
  return failure('permit', `uid ${own.uid} holds no validator permit: the chain refuses its weights`, remedy);
}

function stakeFinding({ subnet }: ChainFacts, own: Neuron): Finding {
  const text = `${own.stakeTao.toFixed(3)} TAO, the threshold for setting weights is ${tao(subnet.stakeThresholdRao)}`;
  if (own.stakeTao * RAO_PER_TAO >= Number(subnet.stakeThresholdRao)) return ok('stake', text);
  return failure('stake', text, 'Add stake to the hotkey, its own or delegated.');
}

function versionKeyFinding({ hyperparameters }: ChainFacts, { versionKey }: Intent): Finding {
  const { weightsVersionKey: wanted } = hyperparameters;
  const text = `ours is ${versionKey}, the subnet ${wanted === 0n ? 'takes any' : `wants at least ${wanted}`}`;
  if (wanted === 0n || BigInt(versionKey) >= wanted) return ok('version-key', text);
  return failure('version-key', text, 'Update HealthTensor: the subnet refuses weights of this version.');
}

function rateLimitFinding({ subnet, hyperparameters, own }: ChainFacts, { epochLength }: Intent): Finding {
  const { weightsRateLimit } = hyperparameters;
  const next = own === undefined || own.lastUpdate === 0 ? 0 : own.lastUpdate + weightsRateLimit;
  // The next block is the first that a submission can be in.
  const wait = Math.max(0, next - (subnet.block + 1));
  const when = own === undefined ? '' : wait === 0 ? ', may be set now' : `, ${blocks(wait)} to wait`;
  const text = `weights may be set every ${blocks(weightsRateLimit)}${when}; ours are set every ${blocks(epochLength)}`;
  if (epochLength >= weightsRateLimit) return ok('rate-limit', text);
  const remedy = `They will be set every ${blocks(weightsRateLimit)}; --neuron.epoch_length ${weightsRateLimit} says so.`;
  return warning('rate-limit', text, remedy);
}

function commitRevealFinding({ hyperparameters }: ChainFacts): Finding {
  if (!hyperparameters.commitRevealEnabled) return ok('commit-reveal', 'off: weights are set in the open');
  const { revealPeriodEpochs: epochs } = hyperparameters;
  const version = hyperparameters.commitRevealVersion ?? NEWEST_COMMIT_REVEAL_VERSION;
  const text = `on, version ${version}: weights are revealed ${epochs} epoch${epochs === 1 ? '' : 's'} after their commit (${blocks(epochs * hyperparameters.tempo)})`;
  if (version <= NEWEST_COMMIT_REVEAL_VERSION) return ok('commit-reveal', text);
  return failure(
    'commit-reveal',
    text,
    'Update HealthTensor: this version of commit-reveal is not known to it.',
  );
}

/** Weights for a newcomer count only once they are revealed: an immunity that ends earlier ends his registration. */
function immunityFinding({ hyperparameters }: ChainFacts): Finding {
  const { immunityPeriod, tempo, commitRevealEnabled, revealPeriodEpochs } = hyperparameters;
  // One epoch until the next evaluation counts, and with commit-reveal those until the reveal.
  const needed = tempo * (1 + (commitRevealEnabled ? revealPeriodEpochs : 0));
  const text = `a new neuron is immune for ${blocks(immunityPeriod)}; its first weights count after up to ${blocks(needed)}`;
  if (immunityPeriod > needed) return ok('immunity', text);
  const remedy =
    'On a full subnet a new miner can lose its place before it earns: the owner should raise the immunity period or shorten the reveal period.';
  return warning('immunity', text, remedy);
}

/** How far this machine's clock is from the chain's, which is at most a block behind the world's. */
export function clockFinding(blockTimeMs: number, nowMs: number): Finding {
  const seconds = (nowMs - blockTimeMs) / 1000;
  if (seconds < -BLOCK_SECONDS / 2) {
    const text = `this machine is ${(-seconds).toFixed(0)} s behind the chain's newest block`;
    return failure('clock', text, 'Set the clock: timedatectl set-ntp true.');
  }
  if (seconds > 10 * BLOCK_SECONDS) {
    const text = `the chain's newest block is ${seconds.toFixed(0)} s old by this machine's clock`;
    const remedy =
      'Either the clock is ahead (timedatectl set-ntp true) or the node lags: try another --subtensor.chain_endpoint.';
    return warning('clock', text, remedy);
  }
  return ok('clock', `within ${Math.ceil(Math.abs(seconds))} s of the chain's newest block`);
}

function tao(rao: bigint): string {
  return `${(Number(rao) / RAO_PER_TAO).toFixed(4)} TAO`;
}

function blocks(n: number): string {
  return `${n} block${n === 1 ? '' : 's'}`;
}
