// @ts-check
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { SetupError } from '../setup-error.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A module of dist/, what users run. Its types are not known here: dist/ may not exist when the scripts are checked.
 * @param {string} file below dist/
 * @returns {Promise<any>}
 */
export async function distModule(file) {
  const path = join(ROOT, 'dist', file);
  if (!existsSync(path)) throw new SetupError(`There is no ${path}`, ['npm run setup']);
  return await import(pathToFileURL(path).href);
}

/** The engine, as the miner and the validator use it. */
export const engineModule = () => distModule('engine/index.js');
