import { describe, expect, test } from '@jest/globals';
import { connectChain, endOnStandstill } from '../../src/chain/index.js';
import { HealthTensorError } from '../../src/common/errors.js';
import { startLocalChain } from '../../src/localnet/index.js';

const stalled = new HealthTensorError('CHAIN_STALLED', 'The chain gave no new block', {
  remedy: 'Check the node.',
});

describe('what ends a process whose chain stands still', () => {
  test('is a signal with an error that says so', () => {
    const { signal, onStandstill } = endOnStandstill(undefined, 'while-connected');
    onStandstill(stalled, true);
    expect(signal.reason).toMatchObject({
      code: 'CHAIN_STALLED',
      message: expect.stringMatching(
        /gave no new block\. Ending, so that the process manager starts a new process/,
      ),
      remedy: 'Check the node.',
    });
  });

  test('is no outage, for work that goes on without a chain', () => {
    const trains = endOnStandstill(undefined, 'while-connected');
    const judges = endOnStandstill(undefined, 'always');
    trains.onStandstill(stalled, false);
    judges.onStandstill(stalled, false);
    expect([trains.signal.aborted, judges.signal.aborted]).toEqual([false, true]);
  });

  test('does not hide why we were asked to stop', () => {
    const stop = new AbortController();
    const { signal, onStandstill } = endOnStandstill(stop.signal, 'always');
    stop.abort(new Error('enough'));
    onStandstill(stalled, true);
    expect(signal.reason).toEqual(new Error('enough'));
  });

  test('comes from a node that answers and builds no blocks', async () => {
    const node = await startLocalChain({ port: 0, blockMs: 0 });
    const { signal, onStandstill } = endOnStandstill(undefined, 'while-connected');
    const chain = await connectChain({ endpoints: [node.url], stallMs: 300, onStandstill, random: () => 0 });
    try {
      const waiting = chain.waitForBlock(1, signal).catch((error: unknown) => error);
      expect(await waiting).toMatchObject({ code: 'CHAIN_STALLED' });
      expect(signal.aborted).toBe(true);
      expect(await chain.blockNumber().catch((error: unknown) => error)).toBeDefined();
    } finally {
      await chain.close();
      await node.close();
    }
  });
});
