import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import {
  type Contender,
  enoughImages,
  orderModels,
  type Pairs,
  SCREEN_MARGIN,
  TIE_MARGIN,
  WIDE_MARGIN,
} from '../../src/validator/order.js';
import type { PairedDifference } from '../../src/validator/paired-difference.js';
import { randomNumbers } from '../support/random-numbers.js';

const model = (name: string, loss: number, commitBlock: number, screened = false): Contender => ({
  hotkey: name as Hotkey,
  loss,
  commitBlock,
  screened,
});
const ENOUGH = enoughImages(100_000);
/** Every difference is known to within a standard error, on so many images. */
const within = (standardError: number, images = ENOUGH): Pairs<Contender> => ({
  compare: (better, worse): PairedDifference => ({
    images,
    patients: images,
    difference: worse.loss - better.loss,
    standardError,
  }),
  enough: ENOUGH,
});
const names = (models: readonly Contender[], pairs: Pairs<Contender>) =>
  orderModels(models, pairs).map(({ hotkey }) => hotkey as string);

describe('the order of models', () => {
  test('is that of the losses when they can be told apart', () => {
    const models = [model('a', 0.1503, 1), model('b', 0.15, 9), model('c', 0.2, 2)];
    expect(names(models, within(0.00005))).toEqual(['b', 'a', 'c']);
    expect(orderModels(models, within(0.00005)).map(({ decision }) => decision?.decidedBy)).toEqual([
      undefined,
      'interval',
      'margin',
    ]);
  });

  test('is that of the commitments when they cannot', () => {
    const models = [model('late', 0.15, 9), model('early', 0.1503, 1)];
    expect(names(models, within(0.001))).toEqual(['early', 'late']);
    expect(orderModels(models, within(0.001))[1]?.decision).toMatchObject({
      behind: 'early',
      decidedBy: 'commit-block',
      paired: { difference: expect.closeTo(-0.0003, 10) },
    });
  });

  test('does not let an early lazy model keep the crown by being impossible to measure', () => {
    const crowned = model('early', 0.15 + TIE_MARGIN + 0.0001, 1);
    expect(names([crowned, model('late', 0.15, 9)], within(1))).toEqual(['late', 'early']);
  });

  test('does not let an unlike late model pass by the luck of its first sample', () => {
    const models = [model('early', 0.1525, 1), model('late', 0.15, 9)];
    expect(names(models, within(0.001, 2048))).toEqual(['early', 'late']);
    expect(names(models, within(0.0005, 2048))).toEqual(['late', 'early']);
    expect(names(models, within(0.001))).toEqual(['late', 'early']);
    expect(
      names([model('early', 0.15 + WIDE_MARGIN * 1.1, 1), model('late', 0.15, 9)], within(1, 10)),
    ).toEqual(['late', 'early']);
  });

  test('takes for enough what a small data set has', () => {
    expect([enoughImages(1e6), enoughImages(1000)]).toEqual([8192, 900]);
  });

  test('lets many small improvements pass the first one together', () => {
    // Each is within the noise of the one before; the third is not within the noise of the first.
    const models = [model('a', 0.15, 1), model('b', 0.1494, 2), model('c', 0.1488, 3)];
    const order = names(models, within(0.0002));
    expect(order.indexOf('c')).toBeLessThan(order.indexOf('a'));
  });

  test('never puts a model before one that beats it, whatever is noisy', () => {
    // b is not measurably better than a, nor a than x; b is than x.
    const models = [model('x', 0.1512, 1), model('a', 0.1506, 2), model('b', 0.15, 3)];
    const order = names(models, within(0.0002));
    expect(order.indexOf('b')).toBeLessThan(order.indexOf('x'));
  });

  test('is total, without circles and the same for every order of the input', () => {
    const random = randomNumbers(3);
    for (let trial = 0; trial < 50; trial++) {
      const models = Array.from({ length: 12 }, (_, n) =>
        model(`m${n}`, 0.15 + 0.004 * random(), Math.floor(random() * 5)),
      );
      // Some pairs are precise, some are not, and some are measured the other way round.
      const noise = new Map<string, number>();
      const compare: Pairs<Contender>['compare'] = (better, worse) => {
        const key = `${better.hotkey} ${worse.hotkey}`;
        if (!noise.has(key)) noise.set(key, random());
        const draw = noise.get(key) as number;
        const difference = (worse.loss - better.loss) * (draw < 0.2 ? -1 : 1);
        return { images: 100, patients: 100, difference, standardError: 0.001 * draw };
      };
      const pairs = { compare, enough: ENOUGH };
      const order = names(models, pairs);
      expect([...order].sort()).toEqual(models.map(({ hotkey }) => hotkey as string).sort());
      expect(names([...models].reverse(), pairs)).toEqual(order);
    }
  });

  test('sees no difference that lies below the arithmetic of two processors', () => {
    expect(names([model('late', 0.2, 9), model('early', 0.200009, 1)], within(0))).toEqual(['early', 'late']);
    expect(names([model('late', 0.2, 9), model('early', 0.20002, 1)], within(0))).toEqual(['late', 'early']);
  });

  test('is the same for two validators whose processors round otherwise', () => {
    const random = randomNumbers(11);
    for (let trial = 0; trial < 50; trial++) {
      // Of each loss there are three models that answer alike: near ties, and ties.
      const models = Array.from({ length: 12 }, (_, n) =>
        model(`m${n}`, 0.15 + 0.0003 * (n % 4), Math.floor(random() * 5)),
      );
      const measured = () => {
        const rounding = new Map(models.map(({ hotkey }) => [hotkey, 1e-6 * (random() - 0.5)]));
        const own = models.map((one) => ({ ...one, loss: one.loss + (rounding.get(one.hotkey) as number) }));
        return names(own, within(0.0000001));
      };
      expect(measured()).toEqual(measured());
    }
  });

  test('tells models without a common image apart by the margin alone', () => {
    const apart = { compare: () => undefined, enough: ENOUGH };
    const models = [model('late', 0.15, 9), model('early', 0.151, 1)];
    expect(names(models, apart)).toEqual(['early', 'late']);
    // The last one beats the early one, and so frees the way for the late one, from which nobody can tell it apart.
    const later = model('later', 0.1489, 10);
    expect(names([...models, later], apart)).toEqual(['late', 'later', 'early']);
  });

  test('does not decide between screened models by what bf16 cannot tell', () => {
    const models = [model('late', 0.3, 9, true), model('early', 0.3 + SCREEN_MARGIN * 0.9, 1, true)];
    expect(names(models, within(0))).toEqual(['early', 'late']);
  });

  test('gives two commitments of one block to the smaller hotkey', () => {
    expect(names([model('b', 0.2, 5), model('a', 0.2, 5)], within(0.001))).toEqual(['a', 'b']);
  });

  test('refuses a loss that is not finite instead of scrambling the order', () => {
    expect(() => names([model('a', NaN, 1), model('b', 0.2, 1)], within(0))).toThrow(/cannot be ranked/);
    expect(() => names([model('a', Infinity, 1)], within(0))).toThrow(RangeError);
  });
});
