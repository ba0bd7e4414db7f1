/** One neuron as an epoch sees it. */
export interface EpochNeuron {
  /** Stake on the subnet in rao. */
  readonly stake: bigint;
  readonly lastUpdate: bigint;
  readonly registeredAt: bigint;
  /** Permit of the epoch before: only then do the weights count. */
  readonly permit: boolean;
  readonly owner: boolean;
  readonly weights: readonly (readonly [uid: number, weight: number])[];
}

export interface EpochSettings {
  readonly block: number;
  /** Blocks after which a validator that set no weights is left out. */
  readonly activityCutoff: number;
  readonly maxValidators: number;
  /** Least stake of a validator, in rao. */
  readonly stakeThreshold: bigint;
  /** Alpha to share out, in rao. */
  readonly emission: bigint;
}

/** What an epoch writes: one entry a neuron. u16 values are shares of 65535. */
export interface EpochResult {
  readonly active: boolean[];
  readonly permits: boolean[];
  readonly incentive: number[];
  readonly consensus: number[];
  readonly dividends: number[];
  readonly validatorTrust: number[];
  readonly emission: bigint[];
}

const U16 = 65_535;

/** Permits go to the `maxValidators` largest stakes that are above zero and reach the threshold, and to the owner. */
export function validatorPermits(
  neurons: readonly Pick<EpochNeuron, 'stake' | 'owner'>[],
  { maxValidators, stakeThreshold }: Pick<EpochSettings, 'maxValidators' | 'stakeThreshold'>,
): boolean[] {
  const ranked = neurons
    .map(({ stake }, uid) => ({ stake, uid }))
    .filter(({ stake }) => stake > 0n && stake >= stakeThreshold)
    .sort((a, b) => (a.stake === b.stake ? a.uid - b.uid : a.stake > b.stake ? -1 : 1))
    .slice(0, maxValidators);
  const chosen = new Set(ranked.map(({ uid }) => uid));
  return neurons.map(({ owner }, uid) => owner || chosen.has(uid));
}

/** Scales to a sum of one; all zeros stay zeros. */
function shares(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (sum === 0 ? 0 : value / sum));
}

/** A validator's weights as shares, without its own uid and uids that changed hands after it set them. */
function countedRow(neurons: readonly EpochNeuron[], uid: number): number[] {
  const row = new Array<number>(neurons.length).fill(0);
  const own = neurons[uid];
  for (const [target, weight] of own?.weights ?? []) {
    const neuron = neurons[target];
    if (own === undefined || neuron === undefined || target === uid) continue;
    if (neuron.registeredAt <= own.lastUpdate) row[target] = weight;
  }
  return shares(row);
}

/**
 * A plain stake-weighted consensus, simpler than Yuma: a miner's incentive is the mean of the validators' weights for
 * it, each weighted by the validator's share of the stake; validators share dividends by stake. Half of the emission
 * follows incentive, half dividends. There are no bonds and no clipping. Only active validators with a permit count.
 */
export function stakeWeightedConsensus(
  neurons: readonly EpochNeuron[],
  settings: EpochSettings,
): EpochResult {
  const { block, activityCutoff, emission } = settings;
  const active = neurons.map(({ lastUpdate }) => lastUpdate + BigInt(activityCutoff) >= BigInt(block));
  const rows = neurons.map((_, uid) => countedRow(neurons, uid));
  const votes = neurons.map(
    ({ permit }, uid) => permit && active[uid] === true && rows[uid]?.some((w) => w > 0),
  );
  const votingStake = shares(neurons.map(({ stake }, uid) => (votes[uid] === true ? Number(stake) : 0)));
  const incentive = shares(
    neurons.map((_, target) =>
      votingStake.reduce((sum, stake, uid) => sum + stake * (rows[uid]?.[target] ?? 0), 0),
    ),
  );
  const half = Number(emission) / 2;
  return {
    active,
    permits: validatorPermits(neurons, settings),
    incentive: incentive.map((share) => Math.round(share * U16)),
    consensus: incentive.map((share) => Math.round(share * U16)),
    dividends: votingStake.map((share) => Math.round(share * U16)),
    validatorTrust: votes.map((counts) => (counts === true ? U16 : 0)),
    emission: incentive.map((share, uid) => BigInt(Math.floor(half * (share + (votingStake[uid] ?? 0))))),
  };
}
