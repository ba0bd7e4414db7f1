import type { WalletLocation } from '../chain/index.js';
import type { RepoId } from '../common/index.js';
import type { DeviceRequest } from '../engine/index.js';
import type { Role } from './finding.js';
import type { IsolationFacts } from './isolation-finding.js';
import type { RevealFacts } from './reveal-finding.js';

/** What a miner or validator would be told, as far as the doctor looks at it. */
export interface DoctorSettings {
  /** Undefined: both. */
  role: Role | undefined;
  netuid: number;
  /** finney, test, local, or the address. */
  network: string;
  /** In order of preference. */
  endpoints: readonly string[];
  wallet: WalletLocation;
  device: DeviceRequest;
  hub: { endpoint: string; token: string | undefined; repo: RepoId | undefined };
  dataset: { path: string; link: RepoId | undefined };
  /** Starts a process that evaluates models, and ends it. */
  isolation: () => Promise<IsolationFacts>;
  /** Reads the validator's state; undefined when there is none. */
  reveals: () => Promise<RevealFacts | undefined>;
  /** Folders that are written to. */
  folders: readonly string[];
  /** Of the weights that this release sets. */
  versionKey: number;
  /** Blocks between two weight settings. */
  epochLength: number;
}
