import { describe, expect, test } from '@jest/globals';
import { type Lane, Lanes } from '../../src/validator/lanes.js';

/** A transfer that goes on until it is told to end. */
class Transfer {
  readonly lane: Promise<Lane>;
  end = () => undefined as void;
  #begin = (_: Lane) => undefined as void;
  readonly #ended = new Promise<void>((resolve) => (this.end = resolve));
  has: 'waits' | 'runs' = 'waits';

  constructor() {
    this.lane = new Promise((resolve) => (this.#begin = resolve));
  }

  readonly work = async (lane: Lane): Promise<void> => {
    this.has = 'runs';
    this.#begin(lane);
    await this.#ended;
  };
}

/** Windows so long that nothing is ever found slow. */
const calm = { windowMs: 1e9 };
/** Windows so short that what receives nothing is slow at once. */
const strict = { windowMs: 5 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  test('run so many transfers side by side, the others in the order they came', async () => {
    const lanes = new Lanes({ ...calm, count: 2 });
    const transfers = [1, 2, 3, 4].map(() => new Transfer());
    const runs = transfers.map(({ work }) => lanes.run(work));
    await settled();
    expect(transfers.map(({ has }) => has)).toEqual(['runs', 'runs', 'waits', 'waits']);
    transfers[1]?.end();
    await transfers[2]?.lane;
    expect(transfers[3]?.has).toBe('waits');
    transfers.forEach(({ end }) => end());
    await Promise.all(runs);
  });

  test('are not held by one that fails', async () => {
    const lanes = new Lanes({ ...calm, count: 1 });
    await expect(lanes.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await lanes.run(() => Promise.resolve(7))).toBe(7);
  });

  test('are not held by any number of slow ones', async () => {
    const lanes = new Lanes({ ...strict, count: 2 });
    const slow = Array.from({ length: 20 }, () => new Transfer());
    let told = 0;
    const runs = slow.map(({ work }) => {
      let first = true;
      const onSlow = () => {
        if (first) told++;
        first = false;
      };
      return lanes.run(work, { onSlow });
    });
    expect(await lanes.run(() => Promise.resolve('served'))).toBe('served');
    expect(slow.every(({ has }) => has === 'runs')).toBe(true);
    expect(told).toBeGreaterThanOrEqual(19);
    slow.forEach(({ end }) => end());
    await Promise.all(runs);
  });

  test('have as many places as before when slow ones have ended', async () => {
    const lanes = new Lanes({ count: 1, windowMs: 500 });
    for (let times = 0; times < 2; times++) {
      const slow = new Transfer();
      const run = lanes.run(slow.work);
      await lanes.run(() => Promise.resolve()); // has its place when it is slow
      slow.end();
      await run;
    }
    const [one, two] = [new Transfer(), new Transfer()];
    const runs = [one, two].map(({ work }) => lanes.run(work));
    await settled();
    expect([one.has, two.has]).toEqual(['runs', 'waits']);
    one.end();
    two.end();
    await Promise.all(runs);
  });

  test('let one that was slow before begin beside them', async () => {
    const lanes = new Lanes({ ...calm, count: 1 });
    const [first, beside, next] = [new Transfer(), new Transfer(), new Transfer()];
    const runs = [lanes.run(first.work), lanes.run(next.work), lanes.run(beside.work, { beside: true })];
    await beside.lane;
    expect(next.has).toBe('waits');
    beside.end();
    await runs[2];
    expect(next.has).toBe('waits');
    first.end();
    next.end();
    await Promise.all(runs);
  });

  test('are left by who does not want to wait any more', async () => {
    const lanes = new Lanes({ ...calm, count: 1 });
    const [first, last] = [new Transfer(), new Transfer()];
    const runs = [lanes.run(first.work)];
    const controller = new AbortController();
    const impatient = lanes.run(() => Promise.resolve(), { signal: controller.signal });
    runs.push(lanes.run(last.work));
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    first.end();
    await last.lane;
    last.end();
    await Promise.all(runs);
    expect(await lanes.run(() => Promise.resolve('free'))).toBe('free');
  });

  test('tell a transfer how fast others were meanwhile, not itself and not before', async () => {
    const lanes = new Lanes({ ...calm, count: 4 });
    const bring = (bytes: number) => lanes.run((lane) => Promise.resolve(lane.received(bytes)));
    await bring(1e9);
    const slow = new Transfer();
    const run = lanes.run(slow.work);
    const lane = await slow.lane;
    lane.received(1e9);
    expect(lane.bestOfOthers()).toBe(0);
    await bring(1000);
    expect(lane.bestOfOthers()).toBe(0);
    await bring(1e6);
    expect(lane.bestOfOthers()).toBeGreaterThan(0);
    slow.end();
    await run;
  });
});
