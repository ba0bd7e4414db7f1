// @ts-check
// node scripts/check-memory.mjs [--sanitizers address,undefined] [--checks kernels,readers] [--files 100000]: compiles the
// kernels' checks (test/native) and the reader of weights with the compiler's sanitizers in a folder of its own
// (build/memory-check). The checks run with our kernels and with ATen's; the reader reads the corpus of malformed files and so
// many mutated ones, and must say of each what the reader in TypeScript says (dist/: npm run build first). An access beyond a
// tensor, a use of freed memory or an overflow ends the program and is shown. libtorch itself is not instrumented.
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parallelJobs } from './parallel-jobs.mjs';
import { findCompiler } from './preflight.mjs';
import { provisionLibtorch } from './provision/provision.mjs';
import { readAlike } from './read-alike.mjs';
import { streamReport } from './report.mjs';
import { runProgram, tail } from './run-program.mjs';
import { runCommand, SetupError } from './setup-error.mjs';

const { values } = parseArgs({
  options: {
    sanitizers: { type: 'string', default: 'address,undefined' },
    checks: { type: 'string', default: 'kernels,readers' },
    files: { type: 'string', default: '100000' },
  },
});
const env = {
  ...process.env,
  // libtorch keeps memory until the process ends.
  ASAN_OPTIONS: 'detect_leaks=0:strict_init_order=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

await runCommand(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const folder = join(root, 'build', 'memory-check');
  const report = streamReport();
  const libtorch = await provisionLibtorch({ env: process.env, kind: 'cpu', report });
  const tools = await findCompiler(process.env);
  if ('problem' in tools) throw new SetupError(`There is no C++20 compiler: ${tools.problem}`);
  await mkdir(folder, { recursive: true });
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const settings = [`LIBTORCH=${libtorch.path}`, `SANITIZERS=${values.sanitizers}`, 'FILE_BY_FILE=ON'];
  const configure = [cmakeJs, 'configure', '--config', 'Release', '--directory', root, '--out', folder];
  const compilerEnv = { ...process.env, CXX: tools.compiler };
  const checks = values.checks.split(',');
  const targets = checks.map((name) => (name === 'readers' ? 'reader-checks' : 'kernel-checks'));
  await report.step(`compile the checks with ${values.sanitizers}`, async () => {
    await run(process.execPath, [...configure, ...settings.map((setting) => `--CD${setting}`)], compilerEnv);
    const jobs = String(parallelJobs());
    await run('cmake', ['--build', folder, '--target', ...targets, '--parallel', jobs], compilerEnv);
  });
  if (checks.includes('kernels')) {
    for (const kernels of ['own', 'aten']) {
      const output = await report.step(`run them, HEALTHTENSOR_KERNELS=${kernels}`, () =>
        run(join(folder, 'kernel-checks'), [], { ...env, HEALTHTENSOR_KERNELS: kernels }),
      );
      report.say(`  ${output.trim().split('\n').length - 1} checks, no finding`);
    }
  }
  if (checks.includes('readers')) {
    const program = join(folder, 'reader-checks');
    const counts = await report.step(`read malformed files, and ${values.files} mutated ones`, () =>
      readAlike({ files: Number(values.files), read: (args) => run(program, args, env) }),
    );
    report.say(`  no finding, both readers agree: ${JSON.stringify(counts)}`);
  }
});

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function run(program, args, env) {
  const result = await runProgram(program, args, { env });
  if (result.status !== 0) throw new SetupError(`${program} failed:\n${tail(result.output, 60)}`);
  return result.stdout;
}
