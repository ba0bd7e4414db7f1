import { HealthTensorError, OptionError } from '../common/index.js';

/** How many processes train one model, and how they are started. */
export type Launch =
  /** This process starts the others itself, on this machine; without a number, one for each GPU of the device. */
  | { kind: 'here'; processes?: number }
  /** Started by a launcher such as torchrun as one of `size`, on this machine or several. */
  | {
      kind: 'member';
      rank: number;
      size: number;
      /** This process among those of its machine, from 0. */
      localRank: number;
      /** Processes on this machine. */
      localSize: number;
      masterAddress: string;
      masterPort: number;
      launcherKeepsStore: boolean;
      attempt: string;
    };

const MOST_PROCESSES = 256;

/** Reads `--nproc`. OptionError for anything but 1 to 256. */
export function parseProcesses(option: string, text: string): number {
  const processes = wholeNumber(text.trim());
  if (processes === undefined || processes < 1 || processes > MOST_PROCESSES) {
    throw new OptionError(option, `a number of processes from 1 to ${MOST_PROCESSES}`, text);
  }
  return processes;
}

/**
 * How to train: as a launcher says in RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or with
 * `processes` on this machine.
 * @throws HealthTensorError BAD_LAUNCH when the launcher's variables are incomplete or wrong, or `--nproc` is given besides
 */
export function launchOf(processes: number | undefined, env: NodeJS.ProcessEnv): Launch {
  if (env.RANK === undefined && env.WORLD_SIZE === undefined) return here(processes);
  const size = variable(env, 'WORLD_SIZE', 1, MOST_PROCESSES);
  const rank = variable(env, 'RANK', 0, size - 1);
  if (size === 1) return here(processes);
  if (processes !== undefined && processes > 1) {
    throw wrong('RANK and WORLD_SIZE say that a launcher has started the processes, so --nproc has no place');
  }
  const localRank = env.LOCAL_RANK === undefined ? 0 : variable(env, 'LOCAL_RANK', 0, rank);
  const masterAddress = env.MASTER_ADDR?.trim() ?? '';
  if (masterAddress === '') throw wrong('Expected the address of process 0 in MASTER_ADDR');
  return {
    kind: 'member',
    rank,
    size,
    localRank,
    localSize:
      env.LOCAL_WORLD_SIZE === undefined ? localRank + 1 : variable(env, 'LOCAL_WORLD_SIZE', 1, size),
    masterAddress,
    masterPort: variable(env, 'MASTER_PORT', 1, 65_535),
    launcherKeepsStore: env.TORCHELASTIC_USE_AGENT_STORE === 'True',
    attempt: `${env.TORCHELASTIC_RUN_ID ?? 'none'}/${env.TORCHELASTIC_RESTART_COUNT ?? '0'}`,
  };
}

function here(processes: number | undefined): Launch {
  return processes === undefined ? { kind: 'here' } : { kind: 'here', processes };
}

/** GPUs that the processes on this machine need together, for `openDevice`. */
export function gpusOf(launch: Launch): number {
  return launch.kind === 'here' ? (launch.processes ?? 1) : launch.localSize;
}

/** Whether this process leads: it alone talks to chain and hub, and writes files. */
export function leads(launch: Launch): boolean {
  return launch.kind === 'here' || launch.rank === 0;
}

function variable(env: NodeJS.ProcessEnv, name: string, least: number, most: number): number {
  const value = wholeNumber(env[name]?.trim() ?? '');
  if (value === undefined || value < least || value > most) {
    throw wrong(
      `Expected a number from ${least} to ${most} in ${name} but found ${JSON.stringify(env[name] ?? '')}`,
    );
  }
  return value;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function wrong(message: string): HealthTensorError {
  return new HealthTensorError('BAD_LAUNCH', message, {
    remedy:
      'set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun does, or unset RANK and WORLD_SIZE',
  });
}
