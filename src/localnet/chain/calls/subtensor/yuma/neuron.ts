/** Pairs of a uid and a u16 share for it, as rows of weights and bonds are stored. */
export type SparseRow = readonly (readonly [uid: number, value: number])[];

/** One neuron as an epoch sees it; its position in the list is its uid. */
export interface EpochNeuron {
  /** Stake on the subnet in rao. */
  readonly stake: bigint;
  /** Block at which it last set or committed weights. */
  readonly lastUpdate: bigint;
  readonly registeredAt: bigint;
  /** Permit of the epoch before: only then do the weights count. */
  readonly permit: boolean;
  /** The subnet owner's: always a validator. */
  readonly owner: boolean;
  readonly weights: SparseRow;
  /** Bonds of the epoch before. */
  readonly bonds: SparseRow;
  /** Block of the oldest commit that waits for its reveal; undefined when there is none. */
  readonly pendingCommit?: bigint | undefined;
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
  /** Share of the stake that a weight needs behind it to count in full; about one half. */
  readonly kappa: number;
  /** Share of a bond that stays from epoch to epoch. */
  readonly bondsMovingAverage: number;
  /** How much of a weight above the consensus is cut from what it bonds: 1, all of it; 0, none. */
  readonly bondsPenalty: number;
  /** Yuma 3: bonds follow the weights alone, the stake counts once, in the dividends. */
  readonly yuma3: boolean;
  /** Bonds to a uid count only when it registered before this block. */
  readonly bondsSince: bigint;
}

/** What an epoch writes: one entry a neuron. u16 values are shares of 65535. */
export interface EpochResult {
  readonly active: boolean[];
  readonly permits: boolean[];
  readonly stakeWeight: number[];
  readonly incentive: number[];
  readonly consensus: number[];
  readonly dividends: number[];
  readonly validatorTrust: number[];
  readonly emission: bigint[];
  readonly bonds: SparseRow[];
}
