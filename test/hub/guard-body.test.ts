import { describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { guardBody } from '../../src/hub/guard-body.js';

const RULES = { url: 'https://hub.example/file', pace: { bytesPerSecond: 1_000_000, windowMs: 20 } };

describe('the pace asked of a body', () => {
  test('is not missed by a reader that takes its time', async () => {
    const body = guardBody(new Response('abc').body as ReadableStream<Uint8Array>, RULES);
    const reader = body.getReader();
    expect((await reader.read()).value).toHaveLength(3);
    await pause(100); // five windows
    expect(await reader.read()).toMatchObject({ done: true });
  });

  test('is missed by a source that takes its time', async () => {
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('abc')),
    });
    const reader = guardBody(source, RULES).getReader();
    await reader.read();
    await expect(reader.read()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE', tooSlow: true });
  });
});
