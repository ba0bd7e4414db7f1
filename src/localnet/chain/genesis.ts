import { u8aToHex } from '@polkadot/util';
import { cryptoWaitReady, decodeAddress } from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';
import { HealthTensorError } from '../../common/errors.js';
import { QUICKNET } from '../../common/timelock/index.js';
import { stateRoot, ZERO_HASH } from './blocks/block.js';
import { localBeaconConfig } from './drand/local-beacon.js';
import { RUNTIME_VERSION } from './metadata/runtime-version.js';
import {
  BalancesItems,
  DrandItems,
  SubtensorItems,
  SystemItems,
  TimestampItems,
  type Account,
} from './state/items.js';
import type { Storage } from './state/storage.js';

/** A subnet that exists from the first block. What is left out has the value named here. */
export interface GenesisSubnet {
  readonly netuid: number;
  /** Coldkey of the owner, SS58; //Alice. */
  readonly owner?: string;
  /** Hotkey of the owner, SS58; the owner itself. Its neuron keeps permit and place. */
  readonly ownerHotkey?: string;
  /** Blocks from epoch to epoch; 20 (360 on a real chain). */
  readonly tempo?: number;
  /** Commit-reveal: plain set_weights fails with CommitRevealEnabled; false. */
  readonly commitReveal?: boolean;
  /** Epochs from a commit to its reveal; 1. */
  readonly revealPeriodEpochs?: number;
  /** Blocks between two settings of weights; 5. */
  readonly weightsRateLimit?: number;
  /** Blocks between two announcements of an axon; 5. */
  readonly servingRateLimit?: number;
  /** 256. */
  readonly maxAllowedUids?: number;
  /** 64. */
  readonly maxAllowedValidators?: number;
  /** 1. */
  readonly minAllowedWeights?: number;
  /** Blocks in which a new neuron is not replaced; 100. */
  readonly immunityPeriod?: number;
  /** A full subnet replaces only while more neurons than these are past their immunity; 10, as on a real chain. */
  readonly minNonImmuneUids?: number;
  /** Weights with a lower version key are refused; 0, any passes. */
  readonly weightsVersionKey?: number;
  /** Price of the first registration, TAO; 0.1. */
  readonly burnTao?: number;
  /** Least price, TAO; 0.0005. */
  readonly minBurnTao?: number;
  /** true. */
  readonly registrationAllowed?: boolean;
}

export interface GenesisSettings {
  /** Balances besides those of the dev accounts. */
  readonly endow?: readonly { readonly address: string; readonly tao: number }[];
  /** Subnet 31 with the defaults. */
  readonly subnets?: readonly GenesisSubnet[];
  /** Stake that setting weights needs, TAO; 0. */
  readonly stakeThresholdTao?: number;
  /** Whose pulses the chain takes: a beacon of its own (a round every 3 seconds), or drand's quicknet. */
  readonly beacon?: 'quicknet' | { readonly periodSeconds: number };
  /** Version of commit-reveal that commits have to name; 4. */
  readonly commitRevealVersion?: number;
  /** Blocks before an epoch in which owners may change nothing; 10. */
  readonly adminFreezeWindow?: number;
  /** Bytes of commitments a hotkey may write per epoch; 3100. */
  readonly commitmentSpace?: number;
}

const DEV_ACCOUNTS = ['//Alice', '//Bob', '//Charlie', '//Dave', '//Eve', '//Ferdie'];
const DEV_TAO = 1_000_000;
const ROOT = 0;
const RAO_PER_TAO = 1e9;
const DEFAULT_NETUID = 31;

/** TAO as rao, to the nearest. */
export function taoToRao(tao: number): bigint {
  if (!Number.isFinite(tao) || tao < 0 || tao * RAO_PER_TAO > Number.MAX_SAFE_INTEGER) {
    throw new HealthTensorError(
      'BAD_GENESIS',
      `Expected an amount of TAO from 0 to 9,007,199 but received ${tao}`,
    );
  }
  return BigInt(Math.round(tao * RAO_PER_TAO));
}

/** Writes the state before the first block. The same settings give the same state, and so the same genesis hash. */
export async function writeGenesis(storage: Storage, settings: GenesisSettings): Promise<void> {
  await cryptoWaitReady();
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const dev = DEV_ACCOUNTS.map((uri) => ({ address: keyring.addFromUri(uri).address, tao: DEV_TAO }));
  let issuance = 0n;
  for (const { address, tao } of [...dev, ...(settings.endow ?? [])]) {
    const who = accountOf(address);
    const amount = taoToRao(tao);
    const account = storage.get(SystemItems.account, who);
    const free = account.data.free + amount;
    storage.set(SystemItems.account, [who], { ...account, providers: 1, data: { ...account.data, free } });
    issuance += amount;
  }
  storage.set(BalancesItems.totalIssuance, [], issuance);
  storage.set(SubtensorItems.totalIssuance, [], issuance);
  storage.set(SubtensorItems.stakeThreshold, [], taoToRao(settings.stakeThresholdTao ?? 0));
  if (settings.adminFreezeWindow !== undefined) {
    storage.set(SubtensorItems.adminFreezeWindow, [], settings.adminFreezeWindow);
  }
  if (settings.commitmentSpace !== undefined) {
    storage.set({ name: 'Commitments.MaxSpace' }, [], settings.commitmentSpace);
  }
  if (settings.commitRevealVersion !== undefined) {
    storage.set(SubtensorItems.commitRevealVersion, [], settings.commitRevealVersion);
  }
  storage.set(SystemItems.lastRuntimeUpgrade, [], {
    spec_version: RUNTIME_VERSION.specVersion,
    spec_name: RUNTIME_VERSION.specName,
  });
  storage.set(TimestampItems.now, [], 0n);
  const alice = dev[0]?.address ?? '';
  const subnets = settings.subnets ?? [{ netuid: DEFAULT_NETUID }];
  for (const netuid of [ROOT, ...subnets.map((subnet) => subnet.netuid)]) {
    storage.set(SubtensorItems.networksAdded, [netuid], true);
    storage.set(SubtensorItems.subtokenEnabled, [netuid], true);
  }
  storage.set(SubtensorItems.totalNetworks, [], subnets.length + 1);
  for (const subnet of subnets) writeSubnet(storage, subnet, alice);
  // Last: the beacon's key follows from everything before.
  const beacon = settings.beacon ?? { periodSeconds: QUICKNET.period };
  if (beacon !== 'quicknet') {
    const genesis = stateRoot(ZERO_HASH, storage.overlay.changes);
    storage.set(DrandItems.beaconConfig, [], localBeaconConfig(genesis, beacon.periodSeconds));
  }
}

function writeSubnet(storage: Storage, subnet: GenesisSubnet, alice: string): void {
  const { netuid } = subnet;
  if (!Number.isInteger(netuid) || netuid < 1 || netuid > 65_535) {
    throw new HealthTensorError('BAD_GENESIS', `Expected a netuid from 1 to 65535 but received ${netuid}`);
  }
  const owner = accountOf(subnet.owner ?? alice);
  const {
    subnetOwner,
    subnetOwnerHotkey,
    tempo,
    commitRevealEnabled,
    revealPeriodEpochs,
    weightsSetRateLimit,
    servingRateLimit,
    maxAllowedUids,
    maxAllowedValidators,
    minAllowedWeights,
    immunityPeriod,
    minNonImmuneUids,
    weightsVersionKey,
    burn,
    minBurn,
    registrationAllowed,
  } = SubtensorItems;
  storage.set(subnetOwner, [netuid], owner);
  storage.set(
    subnetOwnerHotkey,
    [netuid],
    subnet.ownerHotkey === undefined ? owner : accountOf(subnet.ownerHotkey),
  );
  storage.set(SubtensorItems.firstEmissionBlock, [netuid], 1n);
  storage.set(SubtensorItems.yuma3, [netuid], true);
  storage.set(tempo, [netuid], subnet.tempo ?? 20);
  storage.set(commitRevealEnabled, [netuid], subnet.commitReveal ?? false);
  storage.set(revealPeriodEpochs, [netuid], BigInt(subnet.revealPeriodEpochs ?? 1));
  storage.set(weightsSetRateLimit, [netuid], BigInt(subnet.weightsRateLimit ?? 5));
  storage.set(servingRateLimit, [netuid], BigInt(subnet.servingRateLimit ?? 5));
  storage.set(maxAllowedUids, [netuid], subnet.maxAllowedUids ?? 256);
  storage.set(maxAllowedValidators, [netuid], subnet.maxAllowedValidators ?? 64);
  storage.set(minAllowedWeights, [netuid], subnet.minAllowedWeights ?? 1);
  storage.set(immunityPeriod, [netuid], subnet.immunityPeriod ?? 100);
  storage.set(minNonImmuneUids, [netuid], subnet.minNonImmuneUids ?? 10);
  storage.set(weightsVersionKey, [netuid], BigInt(subnet.weightsVersionKey ?? 0));
  storage.set(burn, [netuid], taoToRao(subnet.burnTao ?? 0.1));
  storage.set(minBurn, [netuid], taoToRao(subnet.minBurnTao ?? 0.0005));
  storage.set(registrationAllowed, [netuid], subnet.registrationAllowed ?? true);
}

function accountOf(address: string): Account {
  try {
    return u8aToHex(decodeAddress(address));
  } catch {
    throw new HealthTensorError(
      'BAD_GENESIS',
      `Expected an SS58 address but received ${JSON.stringify(address)}`,
    );
  }
}
