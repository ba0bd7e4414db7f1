import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectChain } from '../../src/chain/index.js';
import { startLocalChain, type RunningChain } from '../../src/localnet/index.js';

const root = join(import.meta.dirname, '..', '..');
const SCRIPT = 'scripts/local-subtensor.mjs';

interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the script in the project's folder, as the page tells to. */
function run(args: readonly string[], environment: Record<string, string>): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString() }),
    );
  });
}

/** The page's own commands: the shell block that creates the subnet, one line each. */
async function pageCommands(): Promise<string[]> {
  const page = await readFile(join(root, 'docs/local-subtensor.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block.trim());
  return blocks.find((block) => block.includes('create-subnet'))?.split('\n') ?? [];
}

let chain: RunningChain;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-local-subtensor-'));
  chain = await startLocalChain({ port: 0, blockMs: 100 });
  environment = { LOCAL_SUBTENSOR_URL: chain.url, BT_WALLET_PATH: join(folder, 'wallets') };
});

afterAll(async () => {
  await chain.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the page on a local subtensor', () => {
  test('makes, funds, registers and stakes with its commands as they stand there', async () => {
    const lines = await pageCommands();
    expect(lines.length).toBeGreaterThan(5);
    let netuid = '';
    for (const line of lines) {
      const [, assigned, command = ''] =
        /^(NETUID=\$\()?node scripts\/local-subtensor\.mjs ([^)]*)\)?$/.exec(line) ?? [];
      expect({ line, command }).not.toEqual({ line, command: '' });
      const finished = await run(command.replace('$NETUID', netuid).split(' '), environment);
      expect({ line, code: finished.code, errors: finished.errors }).toEqual({ line, code: 0, errors: '' });
      if (assigned !== undefined) netuid = finished.output.trim();
    }
    const client = await connectChain({ endpoints: [chain.url] });
    try {
      const { neurons } = await client.metagraph(Number(netuid));
      expect(neurons.map(({ uid }) => uid)).toEqual([0, 1, 2]);
      expect(neurons[2]?.stakeTao).toBe(1000);
    } finally {
      await client.close();
    }
  }, 120_000);

  test('names the image at a fixed tag in a compose file that binds to this machine alone', async () => {
    const compose = await readFile(join(root, 'docs/local-subtensor/compose.yaml'), 'utf8');
    expect(compose).toMatch(/image: ghcr\.io\/opentensor\/subtensor-localnet:v\d+\.\d+\.\d+-424\n/);
    const ports = [...compose.matchAll(/- '([^']+:\d+)'/g)].map(([, port]) => port);
    expect(ports).toEqual(['127.0.0.1:9944:9944']);
    const page = await readFile(join(root, 'docs/local-subtensor.md'), 'utf8');
    expect(page).toContain('docker compose -f docs/local-subtensor/compose.yaml up -d');
  });
});

describe('the script', () => {
  test('explains every command that the page uses', async () => {
    const { output } = await run(['--help'], {});
    for (const line of await pageCommands()) {
      const name = /local-subtensor\.mjs ([a-z-]+)/.exec(line)?.[1] ?? '';
      expect(output).toContain(`  ${name}`);
    }
  });

  test.each([
    [
      ['nonsense'],
      "Expected a command (wallets, create-subnet, fund, register, stake) but received 'nonsense'",
    ],
    [['fund', '--wallet.name', 'x'], 'Expected --tao with a number from 0.001 on but received none'],
    [['register', '--netuid', '0'], 'Expected --netuid with a number from 1 on but received 0'],
    [['wallets'], 'Expected the names of the wallets to make'],
    [['fund', '--tao', '1'], 'Expected --wallet.name with the name of a wallet'],
  ])('says what it expected: %j', async (args, message) => {
    const finished = await run(args, environment);
    expect(finished).toEqual({ code: 1, output: '', errors: `${message}\n` });
  });

  test('says that nothing answers, and the name of an error of the chain', async () => {
    const nobody = await run(['create-subnet'], { LOCAL_SUBTENSOR_URL: 'ws://127.0.0.1:1' });
    expect(nobody.code).toBe(1);
    expect(nobody.errors).toContain(
      'Nothing answers at ws://127.0.0.1:1: start the chain first, or set LOCAL_SUBTENSOR_URL\n',
    );
    await run(['wallets', 'poor'], environment);
    const poor = await run(['register', '--netuid', '99', '--wallet.name', 'poor'], environment);
    expect(poor.code).toBe(1);
    expect(poor.errors).toMatch(/subtensorModule\.registerLimit failed: .*Inability to pay some fees/);
  }, 60_000);
});
