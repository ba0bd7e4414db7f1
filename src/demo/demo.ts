import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chain, connectChain } from '../chain/index.js';
import { HealthTensorError } from '../common/errors.js';
import { type Account, makeAccount, register } from './accounts.js';
import { Child } from './child.js';
import { type Leaderboard, readLeaderboard } from './leaderboard.js';
import { minerArguments, netArguments, validatorArguments } from './arguments.js';
import { shareData } from './share-data.js';
import type { Screen } from './screen.js';
import {
  DEMO_ENDOWMENT_TAO,
  DEMO_MINERS,
  DEMO_NETUID,
  DEMO_STAKE_TAO,
  type DemoSettings,
} from './settings.js';

/** Saving and a publication that is under way may take this long after Ctrl-C. */
const GRACE_MS = 30_000;
/** Nobody should look at a demo that hangs. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Runs the whole product on this machine: local net, three miners and a validator as separate processes, from wallets
 * to weights on the chain. Returns the leaderboard as the chain and the validator's report tell it. Throws
 * HealthTensorError when a process fails, when nothing comes of it in time, or when the weights contradict the losses.
 */
export async function runDemo(
  settings: DemoSettings,
  { screen, signal }: { screen: Screen; signal: AbortSignal },
): Promise<Leaderboard> {
  const give = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const children: Child[] = [];
  let chain: Chain | undefined;
  try {
    const { directory } = settings;
    await mkdir(directory, { recursive: true });
    screen.say(settings.data === undefined ? 'drawing phantom X-rays' : `reading ${settings.data}`);
    const data = await shareData(settings, give);

    screen.say('making wallets');
    const wallets = join(directory, 'wallets');
    const validator = await makeAccount(wallets, 'validator');
    const miners = await Promise.all(DEMO_MINERS.map(({ name }) => makeAccount(wallets, name)));
    const accounts = [validator, ...miners];
    const tokens = new Map(accounts.map(({ name }) => [name, `hf_demo${randomBytes(12).toString('hex')}`]));
    const tokenOf = (name: string): string => tokens.get(name) ?? '';

    const start = (name: string, args: readonly string[], environment: Record<string, string>): Child => {
      const child = new Child({
        name,
        args,
        environment,
        directory,
        onLine: (line) => screen.show(name, line),
      });
      children.push(child);
      return child;
    };

    screen.say('starting a chain and a hub');
    const endowed = accounts.map(({ coldkey }) => `${coldkey.address}=${DEMO_ENDOWMENT_TAO}`);
    const net = start('localnet', netArguments(directory, endowed, settings.commitReveal), {
      HEALTHTENSOR_HUB_TOKENS: [...tokens].map(([user, token]) => `${user}=${token}`).join(','),
    });
    const [chainUrl, hubUrl] = await unlessItEnds(
      net,
      give,
      Promise.all([net.line(/--subtensor\.chain_endpoint (\S+)/), net.line(/HF_ENDPOINT=(\S+)/)]),
    );

    screen.say('registering hotkeys, staking on the validator');
    chain = await connectChain({ endpoints: [chainUrl], signal: give });
    for (const miner of miners) await register(chain, DEMO_NETUID, miner);
    await register(chain, DEMO_NETUID, validator, DEMO_STAKE_TAO);

    const place = { directory, chainUrl, hubUrl, wallets };
    const running = DEMO_MINERS.map((miner) =>
      start(miner.name, minerArguments(miner, place, data.miners), {
        ACCESS_TOKEN: tokenOf(miner.name),
        REPO_ID: `${miner.name}/chest-xray`,
      }),
    );

    screen.say('miners train; waiting for the first commitment of each');
    await Promise.race([
      waitForCommitments(chain, miners, give),
      ...[net, ...running].map(async (child) => Promise.reject(child.failure(await child.exited))),
    ]);
    await waitForPermit(chain, validator, give);

    screen.say(`miners go on training; the validator evaluates ${settings.rounds} rounds`);
    const judge = start('validator', validatorArguments(settings.rounds, place, data.validator), {
      ACCESS_TOKEN: tokenOf('validator'),
    });
    const code = await Promise.race([
      judge.exited,
      ...[net, ...running].map(async (child) => Promise.reject(child.failure(await child.exited))),
      aborted(give),
    ]);
    if (code !== 0) throw judge.failure(code);

    screen.say('reading the weights back from the chain');
    const leaderboard = await readLeaderboard({ chain, netuid: DEMO_NETUID, validator, miners, directory });

    screen.say('stopping the miners and the local net');
    for (const [child, end] of await Promise.all(
      running.map(async (child) => [child, await child.stop(GRACE_MS)] as const),
    )) {
      if (end !== 0) throw child.failure(end);
    }
    await chain.close();
    const end = await net.stop(GRACE_MS);
    if (end !== 0) throw net.failure(end);
    screen.say('done');
    return leaderboard;
  } finally {
    await chain?.close();
    // In the order of dependence: who uses the net stops before the net.
    for (const child of children.reverse()) await child.stop(GRACE_MS);
    screen.end();
  }
}

/** The value, unless the process ends or the signal fires first. */
async function unlessItEnds<T>(child: Child, signal: AbortSignal, value: Promise<T>): Promise<T> {
  return Promise.race([
    value,
    child.exited.then((code) => Promise.reject(child.failure(code))),
    aborted(signal),
  ]);
}

async function aborted(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    throw new HealthTensorError(
      'DEMO_FAILED',
      `The demo did not finish within ${PATIENCE_MS / 60_000} minutes.`,
    );
  }
  throw signal.reason;
}

async function waitForCommitments(
  chain: Chain,
  miners: readonly Account[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const committed = new Set((await chain.commitments(DEMO_NETUID)).map(({ hotkey }) => hotkey));
    if (miners.every(({ hotkey }) => committed.has(hotkey))) return;
    await chain.waitForBlock((await chain.blockNumber()) + 1, signal);
  }
}

async function waitForPermit(chain: Chain, validator: Account, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { neurons } = await chain.metagraph(DEMO_NETUID);
    if (neurons.some(({ hotkey, validatorPermit }) => hotkey === validator.hotkey && validatorPermit)) return;
    await chain.waitForBlock((await chain.blockNumber()) + 1, signal);
  }
}
