import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPlaces } from '../../scripts/build-stamp.mjs';

const run = promisify(execFile);
const { cmake } = buildPlaces(join(import.meta.dirname, '..', '..'));

/** Errors of one case by quantity, each relative to the largest value of what is expected. */
export interface KernelErrors {
  operation: string;
  type: 'float32' | 'bfloat16';
  case: string;
  errors: Readonly<Record<string, number>>;
}

export interface KernelChecks {
  avx512: boolean;
  avx512bf16: boolean;
  /** Whether kernels of our own were what was checked. */
  own: boolean;
  cases: KernelErrors[];
  facts: { fact: string; holds: boolean }[];
}

/** Compiles test/native with what the addon was compiled from: a few seconds the first time, then nothing. */
export async function buildKernelChecks(): Promise<void> {
  await run('cmake', ['--build', cmake, '--config', 'Release', '--target', 'kernel-checks']);
}

/** Runs all checks with our own kernels where the CPU has their instructions, or with ATen's. */
export async function runKernelChecks(kernels: 'own' | 'aten'): Promise<KernelChecks> {
  // Threads that spin while they wait take ten times as long on a busy machine.
  const env = { ...process.env, HEALTHTENSOR_KERNELS: kernels, OMP_WAIT_POLICY: 'PASSIVE' };
  const { stdout } = await run(join(cmake, 'kernel-checks'), [], { env, maxBuffer: 2 ** 24 });
  const [head, ...lines] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const machine = head as Pick<KernelChecks, 'avx512' | 'avx512bf16' | 'own'>;
  const cases = lines.filter((line) => 'errors' in (line as object)) as KernelErrors[];
  const facts = lines.filter((line) => 'fact' in (line as object)) as KernelChecks['facts'];
  return { ...machine, cases, facts };
}
