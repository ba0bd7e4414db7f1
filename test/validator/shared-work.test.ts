import { describe, expect, test } from '@jest/globals';
import { SharedWork } from '../../src/validator/shared-work.js';

const { signal } = new AbortController();
const never = () => new Promise<never>(() => undefined);

function gate() {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('work in turn', () => {
  test('is done one after the other under a name, and side by side under two', async () => {
    const shared = new SharedWork();
    const { open, opened } = gate();
    const order: string[] = [];
    const first = shared.inTurn({ name: 'a', who: '1', signal }, async () => {
      await opened;
      order.push('first');
    });
    const second = shared.inTurn({ name: 'a', who: '2', signal }, () =>
      Promise.resolve(order.push('second')),
    );
    await shared.inTurn({ name: 'b', who: '1', signal }, () => Promise.resolve(order.push('other')));
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['other', 'first', 'second']);
  });

  test('is done once for who asks twice, and again when it is over', async () => {
    const shared = new SharedWork();
    let done = 0;
    const ask = () => shared.inTurn({ name: 'a', who: '1', signal }, () => Promise.resolve(++done));
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(2);
  });

  test('goes on after a failure', async () => {
    const shared = new SharedWork();
    const failing = shared.inTurn({ name: 'a', who: '1', signal }, () => Promise.reject(new Error('no')));
    const next = shared.inTurn({ name: 'a', who: '2', signal }, () => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  test('tells everyone who waits, and whoever comes later, that its head is slow', async () => {
    const shared = new SharedWork();
    const told: string[] = [];
    const { open, opened } = gate();
    let slow = () => undefined as void;
    const ask = (who: string) => {
      const onSlow = () => void told.push(who);
      return shared.inTurn({ name: 'a', who, signal, onSlow }, async (onSlow) => {
        slow = onSlow;
        await opened;
      });
    };
    const asked = [ask('1'), ask('2')];
    await new Promise((resolve) => setImmediate(resolve));
    slow();
    expect(told).toEqual(['1', '2']);
    asked.push(ask('3'));
    expect(told).toEqual(['1', '2', '3']);
    open();
    await Promise.all(asked);
  });
});

describe('work of the first', () => {
  test('is found done by those who wait for it', async () => {
    const shared = new SharedWork();
    let done = 0;
    const ask = () => shared.firstOf('a', signal, async () => (await Promise.resolve(), (done ||= 1)));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  });

  test('is taken over, by one, when the first steps down', async () => {
    const shared = new SharedWork();
    let leading = 0;
    let most = 0;
    void shared.firstOf('a', signal, (stepDown) => {
      stepDown();
      return never();
    });
    const ask = () =>
      shared.firstOf('a', signal, async () => {
        most = Math.max(most, ++leading);
        await new Promise((resolve) => setImmediate(resolve));
        leading--;
      });
    await Promise.all([ask(), ask(), ask()]);
    expect(most).toBe(1);
  });

  test('is taken over when the first fails', async () => {
    const shared = new SharedWork();
    const first = shared.firstOf('a', signal, () => Promise.reject(new Error('no')));
    const second = shared.firstOf('a', signal, () => Promise.resolve('yes'));
    await expect(first).rejects.toThrow('no');
    expect(await second).toBe('yes');
  });
});
