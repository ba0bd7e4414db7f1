import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { findCompiler } from '../../../scripts/preflight.mjs';
import { openSandbox } from '../../../src/engine/index.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

const SOURCE = join(import.meta.dirname, '..', '..', 'native', 'sandbox', 'main.cpp');
const { EPERM, ENOSYS } = constants.errno;

const run = promisify(execFile);

async function compiled(folder: string): Promise<string> {
  const tools = await findCompiler(process.env);
  if ('problem' in tools) throw new Error(tools.problem);
  const program = join(folder, 'sandbox-checks');
  await run(tools.compiler, ['-std=c++20', SOURCE, '-o', program]);
  return program;
}

/** What the program says of each attempt: 0, or the number of an error. */
async function outcomes(file: string, args: readonly string[]): Promise<[string, number][]> {
  const { stdout } = await run(file, args, { env: {} });
  return [...stdout.matchAll(/^(\d+) (.*)$/gm)].map(([, code, name = '']) => [name, Number(code)]);
}

test('the sandbox refuses calls that reach other processes, or hold up their files', () =>
  inTemporaryFolder(async (folder) => {
    const program = await compiled(folder);
    const [file, socket] = [join(folder, 'model.safetensors'), join(folder, 'socket')];
    await writeFile(file, 'weights');
    const keeper = spawn(program, ['keep', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(keeper.stdout, 'data');
      const attempts = ['try', file, socket];
      const sandbox = await openSandbox({ device: { kind: 'cpu', threads: 1 }, memoryBytes: 2 ** 30 });
      const launcher = sandbox.command(program, [file]);
      const orders = launcher.arguments.slice(0, launcher.arguments.indexOf('--'));
      const here = await outcomes(program, attempts);
      const there = await outcomes(launcher.file, [
        ...orders,
        '--start',
        program,
        '--',
        program,
        ...attempts,
      ]);
      expect(here.length).toBeGreaterThan(10);
      expect(here).toEqual(here.map(([name]) => [name, 0]));
      expect(there.map(([name]) => name)).toEqual(here.map(([name]) => name));
      for (const [name, code] of there) expect([name, [EPERM, ENOSYS].includes(code)]).toEqual([name, true]);
    } finally {
      keeper.kill();
      await once(keeper, 'close');
    }
  }));
