// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { runProgram, tail } from '../run-program.mjs';
import { SetupError } from '../setup-error.mjs';

const CASE = fileURLToPath(new URL('case.mjs', import.meta.url));

/** @typedef {Omit<import('./train.mjs').CaseSettings, 'folder' | 'arch' | 'precision'> & {arch?: string, precision?: string, dataset?: string}} Settings */

/**
 * Measures one case of ours in a fresh process and a fresh folder.
 * @param {string} mode
 * @param {Settings} settings
 * @returns {Promise<Record<string, unknown>>} the line of JSON: mode and settings, then what was measured
 */
export async function runCase(mode, settings) {
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-bench-'));
  try {
    if (mode === 'eval') await runChild('weights', { ...settings, folder });
    const { arch, precision, batch, size } = settings;
    const setting = mode === 'startup' ? {} : { arch, precision, batch, size };
    return { mode, ...setting, ...(await runChild(mode, { ...settings, folder })) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} mode @param {Settings & {folder: string}} settings */
async function runChild(mode, settings) {
  const result = await runProgram(process.execPath, [CASE, mode, JSON.stringify(settings)]);
  const line = result.stdout.trim().split('\n').at(-1);
  if (result.status !== 0 || line === undefined || !line.startsWith('{')) {
    const what = [mode, settings.arch, settings.precision].filter(Boolean).join(' ');
    throw new SetupError(
      `The case ${what} failed (${result.signal ?? result.status}):\n${tail(result.output, 12)}`,
    );
  }
  return /** @type {Record<string, unknown>} */ (JSON.parse(line));
}
