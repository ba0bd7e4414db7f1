import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import { type Chain, connectChain } from '../../src/chain/index.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { devAccount } from './support/accounts.js';
import { type Meddling, meddlingProxy, type MeddlingProxy } from './support/meddling-proxy.js';

const SUBMIT = 'author_submitExtrinsic';
const NETUID = 31;

let node: RunningChain;
let proxy: MeddlingProxy;
let chain: Chain;
let alice: KeyringPair;
let hotkey: KeyringPair;

/** Applies `what` to the next request of this kind, and passes everything else on. */
const once = (method: string, what: Meddling) => {
  let done = false;
  return (asked: string): Meddling => {
    if (done || asked !== method) return 'pass';
    done = true;
    return what;
  };
};
const sent = () => proxy.asked.filter((method) => method === SUBMIT).length;
const commitment = async () =>
  (await chain.commitments(NETUID)).find((each) => each.hotkey === hotkey.address);

async function start(blockMs: number, o: { stallMs?: number; eraBlocks?: number } = {}): Promise<void> {
  node = await startLocalChain({ port: 0, blockMs });
  proxy = await meddlingProxy(node.url);
  chain = await connectChain({ endpoints: [proxy.url], timeoutMs: 5_000, eraBlocks: 16, ...o });
}

beforeEach(async () => {
  alice = await devAccount('//Alice');
  hotkey = await devAccount('//hotkey');
});

afterEach(async () => {
  await chain.close();
  await proxy.close();
  await node.close();
});

describe('a connection that dies during a submission', () => {
  test.each<[string, Meddling, number]>([
    ['after the node got it, before it answered', 'pass-then-cut', 2],
    ['before the node got it', 'cut', 2],
  ])('%s: the result is right and the call took effect once', async (_when, what, sends) => {
    await start(40, { eraBlocks: 64 });
    expect(await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address })).toMatchObject({
      ok: true,
    });
    const before = sent();
    proxy.meddle = once(SUBMIT, what);
    const result = await chain.commit(hotkey, { netuid: NETUID, text: 'through the storm' });
    expect(result).toMatchObject({ ok: true });
    expect(await commitment()).toMatchObject({
      hotkey: hotkey.address,
      block: result.ok && result.block,
      text: 'through the storm',
    });
    // When the block was found before the second look, the bytes need not be sent again.
    expect(sent() - before).toBeLessThanOrEqual(sends);
    // The nonce moved by one: the next submission is accepted at once.
    expect(await chain.commit(hotkey, { netuid: NETUID, text: 'next' })).toMatchObject({ ok: true });
  });

  test.each(['chain_getBlock', 'chain_getBlockHash', 'state_getRuntimeVersion', 'state_queryStorageAt'])(
    'while its block is looked for (%s): it is found after the reconnect',
    async (method) => {
      await start(40, { eraBlocks: 64 });
      expect(await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address })).toMatchObject({
        ok: true,
      });
      let submitted = false;
      const cutOnce = once(method, 'cut');
      proxy.meddle = (asked) => {
        submitted ||= asked === SUBMIT;
        return submitted ? cutOnce(asked) : 'pass';
      };
      expect(await chain.commit(hotkey, { netuid: NETUID, text: 'found again' })).toMatchObject({ ok: true });
      expect((await commitment())?.text).toBe('found again');
      expect(sent()).toBeGreaterThanOrEqual(2);
    },
  );

  test('whenever its outcome is asked for: the result says in which block it is', async () => {
    await start(40, { eraBlocks: 64 });
    let submitted = false;
    proxy.meddle = (method) => {
      submitted ||= method === SUBMIT;
      return submitted && method === 'state_queryStorageAt' ? 'cut' : 'pass';
    };
    const result = await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    expect(result).toMatchObject({ ok: false, kind: 'timed-out', retryable: true });
    expect(result.ok || result.detail).toMatch(/is in block \d+, its outcome cannot be read/);
  });

  test('its blocks are refused by the node: that is a result, for it was sent', async () => {
    await start(40, { eraBlocks: 64 });
    const error = { code: 4001, message: 'UnknownBlock' };
    proxy.meddle = (method) => (method === 'chain_getBlock' ? { error } : 'pass');
    const result = await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    expect(result).toMatchObject({ ok: false, kind: 'timed-out', name: 'CHAIN_REFUSED', retryable: true });
    expect(result.ok || result.detail).toMatch(/refuses chain_getBlock: UnknownBlock/);
  });

  test('for good: the result says that the chain stands still and the fate is unknown', async () => {
    await start(40, { stallMs: 400 });
    proxy.meddle = (method) => {
      if (method !== SUBMIT) return 'pass';
      setImmediate(() => void proxy.close());
      return 'pass-then-cut';
    };
    const result = await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    expect(result).toMatchObject({ ok: false, kind: 'timed-out', name: 'CHAIN_STALLED', retryable: true });
    expect(result.ok || result.detail).toMatch(/its fate is unknown.*no new block for 0\.8 s/);
    // From here on nothing was sent, and the caller is told so by an error.
    await expect(chain.commit(hotkey, { netuid: NETUID, text: 'x' })).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
    proxy = await meddlingProxy(node.url); // for afterEach
  });
});

describe('a submission that never reaches a block', () => {
  test('ends with its era, and its nonce is used by the next one', async () => {
    await start(0, { eraBlocks: 8 });
    const register = () => chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    const lose = once(SUBMIT, { result: `0x${'00'.repeat(32)}` });
    const lost = new Promise<void>((resolve) => {
      proxy.meddle = (method) => {
        if (method === SUBMIT) resolve();
        return lose(method);
      };
    });
    const first = register();
    await lost;
    for (let block = 0; block < 8; block++) await node.buildBlock();
    expect(await first).toMatchObject({ ok: false, kind: 'timed-out', name: 'EraEnded', retryable: true });
    const arrived = proxy.answered(SUBMIT);
    const second = register();
    await arrived;
    await node.buildBlock();
    expect(await second).toMatchObject({ ok: true });
  });

  test('is followed when the node says that it has the bytes already', async () => {
    await start(0, { eraBlocks: 8 });
    const told = new Promise<void>((resolve) => {
      proxy.meddle = (method) => {
        if (method !== SUBMIT) return 'pass';
        resolve();
        return { error: { code: 1013, message: 'Transaction Already Imported' } };
      };
    });
    const result = chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    await told;
    for (let block = 0; block < 8; block++) await node.buildBlock();
    expect(await result).toMatchObject({ ok: false, kind: 'timed-out', name: 'EraEnded' });
  });

  test('when the chain has gone back behind our nonces: the next one uses what the chain says', async () => {
    await start(0, { eraBlocks: 8 });
    const build = async () => {
      const arrived = proxy.answered(SUBMIT);
      const result = chain.addStake(alice, { netuid: NETUID, hotkey: hotkey.address, amountRao: 1n });
      await arrived;
      for (let block = 0; block < 9; block++) await node.buildBlock();
      return result;
    };
    await build(); // nonce 0, in a block
    const { port } = new URL(node.url);
    await node.close();
    node = await startLocalChain({ port: Number(port), blockMs: 0 });
    while (
      !(await chain.blockNumber().then(
        () => true,
        () => false,
      ))
    )
      await new Promise(setImmediate);
    expect(await build()).toMatchObject({ ok: false, kind: 'timed-out', name: 'EraEnded' }); // nonce 1 comes too early
    expect(await build()).not.toMatchObject({ kind: 'timed-out' });
  });

  test('can be given up, and the queue goes on', async () => {
    await start(40, { eraBlocks: 64 });
    const abort = new AbortController();
    const lose = once(SUBMIT, { result: `0x${'00'.repeat(32)}` });
    proxy.meddle = (method) => {
      const what = lose(method);
      if (what !== 'pass') abort.abort(new Error('enough'));
      return what;
    };
    const given = chain.registerHotkey(alice, {
      netuid: NETUID,
      hotkey: hotkey.address,
      signal: abort.signal,
    });
    const next = chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    await expect(given).rejects.toThrow('enough');
    expect(await next).toMatchObject({ ok: true });
  });
});

describe('submissions of one key', () => {
  test('from two processes: the second one is told that another is waiting in the pool', async () => {
    await start(0);
    const other = await connectChain({ endpoints: [node.url], timeoutMs: 5_000 });
    try {
      const first = chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
      await proxy.answered(SUBMIT);
      const second = await other.addStake(alice, { netuid: NETUID, hotkey: hotkey.address, amountRao: 1n });
      expect(second).toMatchObject({ ok: false, kind: 'rejected', name: 'AlreadyPending', retryable: true });
      await node.buildBlock();
      expect(await first).toMatchObject({ ok: true });
    } finally {
      await other.close();
    }
  });

  test('sent all at once reach the chain in order, one nonce each', async () => {
    await start(30, { eraBlocks: 64 });
    await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    const results = await Promise.all(
      ['one', 'two', 'three'].map((text) => chain.commit(hotkey, { netuid: NETUID, text })),
    );
    const blocks = results.map((result) => (result.ok ? result.block : Number.NaN));
    expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
    expect(new Set(blocks).size).toBe(3);
    expect((await commitment())?.text).toBe('three');
  });
});

test('addresses have the prefix of the runtime, 42, whatever prefix the node names', async () => {
  await start(30, { eraBlocks: 64 });
  proxy.meddle = (method) => (method === 'system_properties' ? { result: { ss58Format: 13116 } } : 'pass');
  const other = await connectChain({ endpoints: [proxy.url], timeoutMs: 5_000 });
  try {
    await chain.registerHotkey(alice, { netuid: NETUID, hotkey: hotkey.address });
    await chain.commit(hotkey, { netuid: NETUID, text: 'mine' });
    expect((await other.commitments(NETUID)).map((each) => each.hotkey)).toEqual([hotkey.address]);
    expect((await other.metagraph(NETUID)).uidOf(hotkey.address)).toBe(
      await other.uidOf(NETUID, hotkey.address),
    );
  } finally {
    await other.close();
  }
});

test('a closed connection leaves no socket and no timer behind, so that the process may end at once', async () => {
  await start(0);
  const count = () =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'Timeout').length;
  await chain.metagraph(NETUID);
  const before = count();
  for (let round = 0; round < 5; round++) {
    const other = await connectChain({ endpoints: [node.url], timeoutMs: 5_000 });
    await other.metagraph(NETUID);
    const waiting = other.waitForBlock(1_000_000).catch((error: unknown) => error);
    await other.close();
    await other.close();
    expect(await waiting).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(other.blockNumber()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  }
  // The server's sockets, of this process too, close when they are told. What is left for good fails by the test's time.
  while (count() > before) await chain.blockNumber();
});
