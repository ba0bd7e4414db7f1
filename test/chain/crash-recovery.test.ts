import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';
import { type Meddling, meddlingProxy, type MeddlingProxy } from './support/meddling-proxy.js';

const SUBMIT = 'author_submitExtrinsic';
const NETUID = 31;
const PROGRAM = join(import.meta.dirname, 'support', 'commit-once.mjs');

let node: RunningChain;
let proxy: MeddlingProxy;
let chain: Chain;
let hotkey: KeyringPair;
let folder: string;
let journal: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-recovery-'));
  journal = join(folder, 'submissions.jsonl');
  node = await startLocalChain({ port: 0, blockMs: 40 });
  proxy = await meddlingProxy(node.url);
  hotkey = await devAccount('//hotkey');
  chain = await connectChain({ endpoints: [node.url], eraBlocks: 64 });
  expect(
    await chain.registerHotkey(await devAccount('//Alice'), { netuid: NETUID, hotkey: hotkey.address }),
  ).toMatchObject({ ok: true });
  await chain.close();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await chain.close();
  await proxy.close();
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

const events = async () =>
  (await readFile(journal, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; outcome?: string; hash: string; block?: number });

/** Runs a process that commits, kills it as it sends, and does with the bytes what is asked for. */
async function killedWhileSending(text: string, what: Meddling): Promise<void> {
  const running = spawn(process.execPath, [PROGRAM, proxy.url, journal, text], { stdio: 'ignore' });
  child = running;
  proxy.meddle = (method) => {
    if (method !== SUBMIT) return 'pass';
    running.kill('SIGKILL');
    return what;
  };
  await once(running, 'exit');
  expect(await events()).toMatchObject([{ event: 'sent' }]);
}

async function restart(): Promise<void> {
  proxy.meddle = () => 'pass';
  chain = await connectChain({ endpoints: [proxy.url], journal, eraBlocks: 16 });
}

const sent = () => proxy.asked.filter((method) => method === SUBMIT).length;
const commitments = async () => (await chain.commitments(NETUID)).map(({ text, block }) => ({ text, block }));

describe('a process that is killed between sending and knowing', () => {
  test('finds what it sent at the next start, and does not send it again', async () => {
    await killedWhileSending('before the crash', 'pass-then-cut');
    await restart();
    const result = await chain.commit(hotkey, { netuid: NETUID, text: 'before the crash' });
    expect(result).toMatchObject({ ok: true });
    expect(sent()).toBe(1);
    const [, outcome, ...more] = await events();
    expect(outcome).toMatchObject({
      event: 'outcome',
      outcome: 'included',
      block: result.ok && result.block,
    });
    expect(more).toEqual([]);
    expect(await commitments()).toEqual([{ text: 'before the crash', block: result.ok && result.block }]);
    // That was the answer to one question; the same call again is a new submission.
    expect(await chain.commit(hotkey, { netuid: NETUID, text: 'before the crash' })).toMatchObject({
      ok: true,
    });
    expect(sent()).toBe(2);
  });

  test('sends something else only when the fate of the first is known', async () => {
    await killedWhileSending('before the crash', 'pass-then-cut');
    await restart();
    expect(await chain.commit(hotkey, { netuid: NETUID, text: 'after the crash' })).toMatchObject({
      ok: true,
    });
    expect((await events()).map(({ event, outcome }) => outcome ?? event)).toEqual([
      ...['sent', 'included', 'sent', 'included'],
    ]);
    expect((await commitments())[0]?.text).toBe('after the crash');
  });

  test('sends it again when it never arrived, once its era is over', async () => {
    await killedWhileSending('never arrived', 'cut');
    await restart();
    expect(await chain.commit(hotkey, { netuid: NETUID, text: 'never arrived' })).toMatchObject({ ok: true });
    expect((await events()).map(({ event, outcome }) => outcome ?? event)).toEqual([
      ...['sent', 'timed-out', 'sent', 'included'],
    ]);
    expect(sent()).toBe(2);
  });

  test('passes over what was for another chain', async () => {
    await killedWhileSending('elsewhere', 'cut');
    const other = await startLocalChain({ port: 0, blockMs: 40, genesis: { stakeThresholdTao: 1 } });
    try {
      chain = await connectChain({ endpoints: [other.url], journal, eraBlocks: 16 });
      expect(
        await chain.registerHotkey(await devAccount('//Alice'), { netuid: NETUID, hotkey: hotkey.address }),
      ).toMatchObject({ ok: true });
      expect(await chain.commit(hotkey, { netuid: NETUID, text: 'here' })).toMatchObject({ ok: true });
      expect((await events()).map(({ outcome }) => outcome)).toContain('unknown');
    } finally {
      await chain.close();
      await other.close();
    }
  });
});
