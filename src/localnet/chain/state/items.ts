/**
 * The storage items that the chain's own code reads and writes, with the types of their keys and plain values
 * (codec/scale-codec.ts). Accounts and hashes are 0x hex.
 */
export interface StorageItem<Keys extends readonly unknown[], Value> {
  /** `Pallet.Item`. */
  readonly name: string;
  /** Never there at run time: carries the types. */
  readonly types?: [Keys, Value];
}

export type Account = string;
type Netuid = number;

export interface AccountInfo {
  readonly nonce: number;
  readonly consumers: number;
  readonly providers: number;
  readonly sufficients: number;
  readonly data: {
    readonly free: bigint;
    readonly reserved: bigint;
    readonly frozen: bigint;
    readonly flags: bigint;
  };
}
export interface AxonInfo {
  readonly block: bigint;
  readonly version: number;
  readonly ip: bigint;
  readonly port: number;
  readonly ip_type: number;
  readonly protocol: number;
  readonly placeholder1: number;
  readonly placeholder2: number;
}
export interface CommitmentData {
  readonly type: string;
  readonly value?: unknown;
}
export interface Registration {
  readonly deposit: bigint;
  readonly block: number;
  readonly info: { readonly fields: readonly CommitmentData[] };
}
/** The beacon whose pulses the chain takes (pallet_drand BeaconConfiguration); bytes are 0x hex. */
export interface BeaconConfig {
  readonly public_key: string;
  readonly period: number;
  readonly genesis_time: number;
  readonly hash: string;
  readonly group_hash: string;
  readonly scheme_id: string;
  readonly metadata: { readonly beacon_id: string };
}
export interface Pulse {
  readonly round: bigint;
  readonly randomness: string;
  readonly signature: string;
}
/** One hash that waits to be revealed; the last number is unused. */
export type WeightCommit = readonly [hash: string, epoch: bigint, block: bigint, unused: bigint];
export type TimelockedCommit = readonly [who: Account, block: bigint, ciphertext: string, round: bigint];

export interface SafeFloat {
  readonly mantissa: bigint;
  readonly exponent: bigint;
}

/** A fixed-point number as its bits. */
export interface Fixed {
  readonly bits: bigint;
}

function item<Keys extends readonly unknown[], Value>(name: string): StorageItem<Keys, Value> {
  return { name };
}
const system = <Keys extends readonly unknown[], Value>(name: string) => item<Keys, Value>(`System.${name}`);
const subtensor = <Keys extends readonly unknown[], Value>(name: string) =>
  item<Keys, Value>(`SubtensorModule.${name}`);

export const SystemItems = {
  account: system<[Account], AccountInfo>('Account'),
  extrinsicCount: system<[], number | undefined>('ExtrinsicCount'),
  blockHash: system<[number], string>('BlockHash'),
  number: system<[], number>('Number'),
  parentHash: system<[], string>('ParentHash'),
  events: system<[], readonly unknown[]>('Events'),
  eventCount: system<[], number>('EventCount'),
  lastRuntimeUpgrade: system<[], { spec_version: number; spec_name: string } | undefined>(
    'LastRuntimeUpgrade',
  ),
};

export const TimestampItems = { now: item<[], bigint>('Timestamp.Now') };

export const BalancesItems = { totalIssuance: item<[], bigint>('Balances.TotalIssuance') };

export const CommitmentsItems = {
  commitmentOf: item<[Netuid, Account], Registration | undefined>('Commitments.CommitmentOf'),
  lastCommitment: item<[Netuid, Account], number | undefined>('Commitments.LastCommitment'),
  usedSpaceOf: item<[Netuid, Account], { last_epoch: bigint; used_space: bigint } | undefined>(
    'Commitments.UsedSpaceOf',
  ),
  maxSpace: item<[], number>('Commitments.MaxSpace'),
  lastBondsReset: item<[Netuid, Account], number | undefined>('Commitments.LastBondsReset'),
  timelockedIndex: item<[], readonly (readonly [Netuid, Account])[]>('Commitments.TimelockedIndex'),
  revealedCommitments: item<
    [Netuid, Account],
    readonly (readonly [bytes: string, block: bigint])[] | undefined
  >('Commitments.RevealedCommitments'),
};

export const DrandItems = {
  beaconConfig: item<[], BeaconConfig>('Drand.BeaconConfig'),
  pulses: item<[round: bigint], Pulse | undefined>('Drand.Pulses'),
  lastStoredRound: item<[], bigint>('Drand.LastStoredRound'),
  oldestStoredRound: item<[], bigint>('Drand.OldestStoredRound'),
  nextUnsignedAt: item<[], number>('Drand.NextUnsignedAt'),
};

export const SubtensorItems = {
  owner: subtensor<[Account], Account>('Owner'),
  stakingHotkeys: subtensor<[Account], readonly Account[]>('StakingHotkeys'),
  ownedHotkeys: subtensor<[Account], readonly Account[]>('OwnedHotkeys'),
  taoWeight: subtensor<[], bigint>('TaoWeight'),
  stakeThreshold: subtensor<[], bigint>('StakeThreshold'),
  totalIssuance: subtensor<[], bigint>('TotalIssuance'),
  totalStake: subtensor<[], bigint>('TotalStake'),
  blockEmission: subtensor<[], bigint>('BlockEmission'),
  totalHotkeyAlpha: subtensor<[Account, Netuid], bigint>('TotalHotkeyAlpha'),
  totalHotkeyShares: subtensor<[Account, Netuid], SafeFloat>('TotalHotkeySharesV2'),
  alpha: subtensor<[hotkey: Account, coldkey: Account, Netuid], SafeFloat>('AlphaV2'),
  subnetTao: subtensor<[Netuid], bigint>('SubnetTAO'),
  subnetAlphaOut: subtensor<[Netuid], bigint>('SubnetAlphaOut'),
  totalNetworks: subtensor<[], number>('TotalNetworks'),
  networksAdded: subtensor<[Netuid], boolean>('NetworksAdded'),
  networkRegisteredAt: subtensor<[Netuid], bigint>('NetworkRegisteredAt'),
  registrationAllowed: subtensor<[Netuid], boolean>('NetworkRegistrationAllowed'),
  subnetOwner: subtensor<[Netuid], Account>('SubnetOwner'),
  subnetOwnerHotkey: subtensor<[Netuid], Account>('SubnetOwnerHotkey'),
  mechanismCount: subtensor<[Netuid], number>('MechanismCountCurrent'),
  subnetMechanism: subtensor<[Netuid], number>('SubnetMechanism'),
  subnetAlphaIn: subtensor<[Netuid], bigint>('SubnetAlphaIn'),
  subnetLocked: subtensor<[Netuid], bigint>('SubnetLocked'),
  subnetEmissionEnabled: subtensor<[Netuid], boolean>('SubnetEmissionEnabled'),
  registeredSubnetCounter: subtensor<[Netuid], bigint>('RegisteredSubnetCounter'),
  subnetLimit: subtensor<[], number>('SubnetLimit'),
  networkRegistrationStart: subtensor<[], bigint>('NetworkRegistrationStartBlock'),
  networkRateLimit: subtensor<[], bigint>('NetworkRateLimit'),
  networkMinLockCost: subtensor<[], bigint>('NetworkMinLockCost'),
  networkLastLockCost: subtensor<[], bigint>('NetworkLastLockCost'),
  networkLockReductionInterval: subtensor<[], bigint>('NetworkLockReductionInterval'),
  startCallDelay: subtensor<[], bigint>('StartCallDelay'),
  adminFreezeWindow: subtensor<[], number>('AdminFreezeWindow'),
  ownerHyperparamRateLimit: subtensor<[], number>('OwnerHyperparamRateLimit'),
  weightsVersionKeyRateLimit: subtensor<[], bigint>('WeightsVersionKeyRateLimit'),
  lastRateLimitedBlock: subtensor<[key: unknown], bigint>('LastRateLimitedBlock'),
  transactionKeyLastBlock: subtensor<[Account, Netuid, kind: number], bigint>('TransactionKeyLastBlock'),
  minAllowedUids: subtensor<[Netuid], number>('MinAllowedUids'),
  firstEmissionBlock: subtensor<[Netuid], bigint | undefined>('FirstEmissionBlockNumber'),
  subnetOwnerCut: subtensor<[], number>('SubnetOwnerCut'),
  pendingServerEmission: subtensor<[Netuid], bigint>('PendingServerEmission'),
  pendingValidatorEmission: subtensor<[Netuid], bigint>('PendingValidatorEmission'),
  subtokenEnabled: subtensor<[Netuid], boolean>('SubtokenEnabled'),
  tokenSymbol: subtensor<[Netuid], string>('TokenSymbol'),
  subnetworkN: subtensor<[Netuid], number>('SubnetworkN'),
  tempo: subtensor<[Netuid], number>('Tempo'),
  rho: subtensor<[Netuid], number>('Rho'),
  kappa: subtensor<[Netuid], number>('Kappa'),
  bondsMovingAverage: subtensor<[Netuid], bigint>('BondsMovingAverage'),
  bondsResetOn: subtensor<[Netuid], boolean>('BondsResetOn'),
  bondsPenalty: subtensor<[Netuid], number>('BondsPenalty'),
  yuma3: subtensor<[Netuid], boolean>('Yuma3On'),
  maxAllowedUids: subtensor<[Netuid], number>('MaxAllowedUids'),
  maxAllowedValidators: subtensor<[Netuid], number>('MaxAllowedValidators'),
  immunityPeriod: subtensor<[Netuid], number>('ImmunityPeriod'),
  activityCutoffFactorMilli: subtensor<[Netuid], number>('ActivityCutoffFactorMilli'),
  minAllowedWeights: subtensor<[Netuid], number>('MinAllowedWeights'),
  maxWeightsLimit: subtensor<[Netuid], number>('MaxWeightsLimit'),
  weightsVersionKey: subtensor<[Netuid], bigint>('WeightsVersionKey'),
  weightsSetRateLimit: subtensor<[Netuid], bigint>('WeightsSetRateLimit'),
  servingRateLimit: subtensor<[Netuid], bigint>('ServingRateLimit'),
  commitRevealEnabled: subtensor<[Netuid], boolean>('CommitRevealWeightsEnabled'),
  commitRevealVersion: subtensor<[], number>('CommitRevealWeightsVersion'),
  weightCommits: subtensor<[index: number, Account], readonly WeightCommit[] | undefined>('WeightCommits'),
  timelockedCommits: subtensor<[index: number, epoch: bigint], readonly TimelockedCommit[]>(
    'TimelockedWeightCommits',
  ),
  revealPeriodEpochs: subtensor<[Netuid], bigint>('RevealPeriodEpochs'),
  burn: subtensor<[Netuid], bigint>('Burn'),
  minBurn: subtensor<[Netuid], bigint>('MinBurn'),
  maxBurn: subtensor<[Netuid], bigint>('MaxBurn'),
  burnHalfLife: subtensor<[Netuid], number>('BurnHalfLife'),
  burnIncreaseMult: subtensor<[Netuid], Fixed>('BurnIncreaseMult'),
  minNonImmuneUids: subtensor<[Netuid], number>('MinNonImmuneUids'),
  immuneOwnerUidsLimit: subtensor<[Netuid], number>('ImmuneOwnerUidsLimit'),
  raoRecycled: subtensor<[Netuid], bigint>('RAORecycledForRegistration'),
  maxEpochsPerBlock: subtensor<[], number>('MaxEpochsPerBlock'),
  lastEpochBlock: subtensor<[Netuid], bigint>('LastEpochBlock'),
  pendingEpochAt: subtensor<[Netuid], bigint>('PendingEpochAt'),
  subnetEpochIndex: subtensor<[Netuid], bigint>('SubnetEpochIndex'),
  blocksSinceLastStep: subtensor<[Netuid], bigint>('BlocksSinceLastStep'),
  lastStepBlock: subtensor<[Netuid], bigint>('LastMechansimStepBlock'),
  uids: subtensor<[Netuid, Account], number | undefined>('Uids'),
  keys: subtensor<[Netuid, uid: number], Account>('Keys'),
  isNetworkMember: subtensor<[Account, Netuid], boolean>('IsNetworkMember'),
  blockAtRegistration: subtensor<[Netuid, uid: number], bigint>('BlockAtRegistration'),
  active: subtensor<[Netuid], readonly boolean[]>('Active'),
  consensus: subtensor<[Netuid], readonly number[]>('Consensus'),
  incentive: subtensor<[Netuid], readonly number[]>('Incentive'),
  dividends: subtensor<[Netuid], readonly number[]>('Dividends'),
  emission: subtensor<[Netuid], readonly bigint[]>('Emission'),
  lastUpdate: subtensor<[Netuid], readonly bigint[]>('LastUpdate'),
  validatorTrust: subtensor<[Netuid], readonly number[]>('ValidatorTrust'),
  validatorPermit: subtensor<[Netuid], readonly boolean[]>('ValidatorPermit'),
  weights: subtensor<[Netuid, uid: number], readonly (readonly [uid: number, weight: number])[]>('Weights'),
  bonds: subtensor<[Netuid, uid: number], readonly (readonly [uid: number, bond: number])[]>('Bonds'),
  stakeWeight: subtensor<[Netuid], readonly number[]>('StakeWeight'),
  axons: subtensor<[Netuid, Account], AxonInfo | undefined>('Axons'),
  certificates: subtensor<[Netuid, Account], unknown>('NeuronCertificates'),
  prometheus: subtensor<[Netuid, Account], unknown>('Prometheus'),
};
