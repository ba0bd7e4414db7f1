import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { rankContenders } from '../../src/validator/ranking.js';

const contender = (name: string, loss: number, commitBlock: number) => ({
  hotkey: name as Hotkey,
  loss,
  commitBlock,
});
const order = (...contenders: ReturnType<typeof contender>[]) =>
  rankContenders(contenders).map(({ hotkey }) => hotkey as string);

describe('the ranking', () => {
  test('puts the lower loss first', () => {
    expect(order(contender('a', 0.3, 1), contender('b', 0.2, 9))).toEqual(['b', 'a']);
  });

  test('puts the earlier commitment first when losses are equal', () => {
    expect(order(contender('a', 0.2, 9), contender('b', 0.2, 1))).toEqual(['b', 'a']);
  });

  test('sees no difference beyond the tenth decimal, as the original', () => {
    expect(order(contender('a', 0.2 - 1e-12, 9), contender('b', 0.2, 1))).toEqual(['b', 'a']);
    expect(order(contender('a', 0.2 - 1e-9, 9), contender('b', 0.2, 1))).toEqual(['a', 'b']);
  });

  test('does not depend on the order in which models came in', () => {
    const a = contender('a', 0.2, 5);
    const b = contender('b', 0.2, 5);
    expect(order(a, b)).toEqual(order(b, a));
  });

  test('refuses a loss that is not finite instead of scrambling the order', () => {
    expect(() => order(contender('a', NaN, 1), contender('b', 0.2, 1))).toThrow(/cannot be ranked/);
    expect(() => order(contender('a', Infinity, 1))).toThrow(RangeError);
  });
});
