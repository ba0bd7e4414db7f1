// @ts-check
import { parseArgs } from 'node:util';
import { SetupError, messageOf } from './setup-error.mjs';

/**
 * The flags of `npm run build:native`.
 * @param {readonly string[]} args
 * @returns {{kind?: 'cpu' | 'cuda', force: boolean}}
 */
export function nativeBuildFlags(args) {
  const usage = ['usage: npm run build:native [-- [--cpu | --cuda] [--force]]'];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { cpu: { type: 'boolean' }, cuda: { type: 'boolean' }, force: { type: 'boolean' } },
    });
    if (values.cpu && values.cuda) throw new SetupError('--cpu and --cuda exclude each other');
    const force = values.force ?? false;
    if (values.cpu) return { kind: 'cpu', force };
    return values.cuda ? { kind: 'cuda', force } : { force };
  } catch (error) {
    throw new SetupError(messageOf(error), usage);
  }
}
