import { afterEach, describe, expect, test } from '@jest/globals';
import { HeadFollower } from '../../src/chain/head-follower.js';
import type { HealthTensorError } from '../../src/common/errors.js';
import { RpcSocket } from '../../src/chain/rpc-socket.js';
import { scriptedNode } from './support/scripted-node.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function follow(
  head: { number: string },
  stallMs = 5_000,
  onStandstill?: (error: HealthTensorError, connected: boolean) => void,
) {
  const node = await scriptedNode({
    chain_subscribeNewHead: () => 'heads',
    chain_unsubscribeNewHead: () => true,
    chain_getHeader: () => head,
    ping: () => 'pong',
  });
  opened.push(node);
  const socket = await RpcSocket.open({
    endpoints: [node.url],
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
  opened.push(socket);
  const heads = new HeadFollower(socket, { stallMs, ...(onStandstill && { onStandstill }) });
  opened.push({ close: () => Promise.resolve(heads.stop()) });
  await heads.start();
  return { node, socket, heads };
}

describe('following the head', () => {
  test('a block that is there is not waited for', async () => {
    const { heads } = await follow({ number: '0x0a' });
    expect(await heads.reach(10)).toBe(10);
    expect(await heads.reach(3)).toBe(10);
  });

  test('who waits is told when the head is there or beyond', async () => {
    const { node, heads } = await follow({ number: '0x01' });
    const waiting = Promise.all([heads.reach(2), heads.reach(4)]);
    node.notify('heads', { number: '0x2' });
    node.notify('heads', { number: '0x7' });
    expect(await waiting).toEqual([2, 7]);
  });

  test('a chain that stands still fails who waits, with the last block', async () => {
    const { heads } = await follow({ number: '0x05' }, 60);
    await expect(heads.reach(6)).rejects.toMatchObject({
      code: 'CHAIN_STALLED',
      message: expect.stringMatching(/no new block for 0\.12 s; the last was 5/),
    });
  });

  test('a standstill of one connection ends with a new one', async () => {
    const head = { number: '0x05' };
    const { heads, socket } = await follow(head, 300);
    socket.onReconnect(() => {
      head.number = '0x06'; // a subscription that was lost does not tell
    });
    expect(await heads.reach(6)).toBe(6);
    expect(socket.generation).toBe(2);
  });

  test('a chain that goes on standing still is reported again and again, and whether a node is there', async () => {
    const reports: [code: string, connected: boolean][] = [];
    let told: (() => void) | undefined;
    const twice = new Promise<void>((resolve) => (told = resolve));
    await follow({ number: '0x05' }, 400, (error, connected) => {
      reports.push([error.code, connected]);
      if (reports.length === 2) told?.();
    });
    await twice;
    expect(reports).toEqual([
      ['CHAIN_STALLED', true],
      ['CHAIN_STALLED', true],
    ]);
  });

  test('two nodes that stand still at different blocks are no chain that moves', async () => {
    const head = { number: '0x05' };
    let told: (() => void) | undefined;
    const stalled = new Promise<void>((resolve) => (told = resolve));
    const { socket } = await follow(head, 300, () => told?.());
    socket.onReconnect(() => {
      head.number = '0x04'; // the node that takes over is behind
    });
    await stalled;
    expect(socket.generation).toBe(2);
  });

  test('each new head starts the count anew', async () => {
    const { node, heads } = await follow({ number: '0x01' }, 900);
    const waiting = heads.reach(13);
    const beat = setInterval(
      () => node.notify('heads', { number: `0x${(heads.head + 1).toString(16)}` }),
      100,
    );
    expect(await waiting).toBe(13); // 1200 ms, longer than a standstill may be
    clearInterval(beat);
  });

  test('waiting can be given up, and closing fails who waits', async () => {
    const { heads } = await follow({ number: '0x05' });
    const abort = new AbortController();
    const given = heads.reach(6, abort.signal);
    const closed = heads.reach(6);
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    heads.stop();
    await expect(closed).rejects.toThrow(/closed by us/);
    await expect(heads.reach(6, abort.signal)).rejects.toThrow('enough');
    await expect(heads.reach(6)).rejects.toThrow(/closed by us/); // and who waits afterwards
  });

  test('heads come again after an outage', async () => {
    const head = { number: '0x05' };
    const { node, heads } = await follow(head);
    head.number = '0x09';
    const waiting = heads.reach(8);
    node.cut();
    expect(await waiting).toBe(9);
  });

  test('nonsense in place of a header is passed over', async () => {
    const { node, socket, heads } = await follow({ number: '0x05' });
    for (const nonsense of [null, 7, 'x', {}, { number: '0xzz' }, { number: -1 }])
      node.notify('heads', nonsense);
    await socket.request('ping');
    expect(heads.head).toBe(5);
  });
});
