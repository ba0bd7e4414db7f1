import { expect, test } from '@jest/globals';
import { Serial } from '../../../src/localnet/hub/serial.js';

test('jobs of one key run one after the other, even after a failure; others do not wait', async () => {
  const serial = new Serial();
  const events: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const first = serial.run('a', async () => {
    events.push('first begins');
    await gate;
    events.push('first fails');
    throw new Error('no');
  });
  const second = serial.run('a', () => Promise.resolve(events.push('second')));
  await serial.run('b', () => Promise.resolve(events.push('other')));
  release();
  await expect(first).rejects.toThrow('no');
  await second;
  expect(events).toEqual(['first begins', 'other', 'first fails', 'second']);
});
