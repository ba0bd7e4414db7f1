// @ts-check
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, tail } from '../run-program.mjs';

/**
 * One fixed target whatever Python is installed: the C++ libraries inside are the same, so the newest or oldest Python
 * does, and the archive is always the one whose hash is pinned. nvidia's wheels carry older platform tags.
 */
const PLATFORMS = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_25', 'manylinux_2_18', 'manylinux2014'];
const TARGET = ['--only-binary=:all:', '--implementation', 'cp', '--python-version', '3.11'].concat(
  ['cp311', 'abi3', 'none'].flatMap((abi) => ['--abi', abi]),
);

/** Wheel platform names of the processor architectures that PyTorch builds for. */
const MACHINES = /** @type {Readonly<Record<string, string>>} */ ({ x64: 'x86_64', arm64: 'aarch64' });

/**
 * Fetches wheels with the user's own pip: first as the user has configured it, then from PyTorch's index.
 * @param {import('./pins.mjs').Pin} pin
 * @param {string} folder empty folder to put them in
 * @param {{env: NodeJS.ProcessEnv, report: import('../report.mjs').Report}} options
 * @returns {Promise<{wheels: string[]} | {problem: string}>}
 */
export async function fetchWheels(pin, folder, { env, report }) {
  const machine = MACHINES[process.arch];
  if (machine === undefined) return { problem: `PyTorch builds no wheel for ${process.arch}` };
  const pip = await runProgram('python3', ['-m', 'pip', '--version'], { env });
  if (!pip.found) return { problem: 'python3 was not found' };
  if (pip.status !== 0) return { problem: 'python3 has no pip' };

  // pip's own five retries make an unreachable index cost half a minute before the next one is asked.
  const quick = { ...env, PIP_RETRIES: env.PIP_RETRIES ?? '1' };
  const platforms = PLATFORMS.flatMap((platform) => ['--platform', `${platform}_${machine}`]);
  const common = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--disable-pip-version-check'];
  const problems = [];
  for (const [where, index] of /** @type {const} */ ([
    ['as pip is configured here', []],
    [pin.index, ['--index-url', pin.index]],
  ])) {
    report.say(`  pip download ${pin.wheels[0]} (${where})`);
    const args = [...common, ...TARGET, ...platforms, ...index, '--dest', folder, ...pin.wheels];
    const result = await runProgram('python3', args, {
      env: quick,
      onOutput: (text) => report.progress(tail(text, 1).trim()),
    });
    if (result.status === 0) {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
      if (names.length > 0) return { wheels: names.sort().map((name) => join(folder, name)) };
    }
    problems.push(`pip (${where}): ${lastError(result.output)}`);
  }
  return { problem: problems.join('; ') };
}

/**
 * pip ends with `ERROR: ...`; the lines before are warnings of each retry.
 * @param {string} output
 */
function lastError(output) {
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR:'));
  return (errors.at(-1) ?? tail(output, 1)).replace(/^ERROR: /, '').trim() || 'it printed nothing';
}
