/** What `healthtensor demo` is told. */
export interface DemoSettings {
  /** A data set folder; phantoms are drawn when undefined. */
  data: string | undefined;
  /** Evaluation rounds of the validator. */
  rounds: number;
  /** Phantom images to draw when there is no data. */
  images: number;
  /** Weights are committed and revealed instead of being set openly. */
  commitReveal: boolean;
  /** Folder for everything the demo makes; it must be empty or new. */
  directory: string;
}

/** The three miners: different architectures, sizes and seeds. */
export const DEMO_MINERS = [
  { name: 'miner-1', modelType: 'CNN', imageSize: 64, seed: 1, mode: 'fast' },
  { name: 'miner-2', modelType: 'MOBILE', imageSize: 64, seed: 2, mode: 'normal' },
  { name: 'miner-3', modelType: 'CNN', imageSize: 32, seed: 3, mode: 'fast' },
] as const;

export const DEMO_NETUID = 31;
/** Above every other stake, so that the validator gets its permit at the next epoch. */
export const DEMO_STAKE_TAO = 10_000;
export const DEMO_ENDOWMENT_TAO = 20_000;
