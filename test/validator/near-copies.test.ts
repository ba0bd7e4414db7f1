import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import {
  type Answered,
  judgeNearCopies,
  logitCorrelation,
  NEAR_COPY,
} from '../../src/validator/near-copies.js';
import { randomNumbers } from '../support/random-numbers.js';

const IMAGES = 100;

/** Logits that another seed makes unlike. */
function logits(seed: number, images = IMAGES): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from({ length: images * 14 }, () => 4 * next() - 6);
}

const noisy = (values: Float32Array, noise: number, seed = 99): Float32Array => {
  const next = randomNumbers(seed);
  return values.map((value) => value + noise * (2 * next() - 1));
};

function model(
  hotkey: string,
  commitBlock: number,
  samples: Record<string, Float32Array>,
  backbone?: string,
): Answered {
  const logits = new Map(Object.entries(samples));
  return { hotkey: hotkey as Hotkey, commitBlock, logits, ...(backbone === undefined ? {} : { backbone }) };
}

/** Who copies whom. */
function verdicts(...models: Answered[]): Record<string, unknown> {
  return Object.fromEntries(
    [...judgeNearCopies(models)].map(([hotkey, { evidence }]) => [hotkey, evidence?.holder]),
  );
}

describe('the correlation of logits', () => {
  test('is 1 for the same answers, whatever the scale and offset of each finding', () => {
    const own = logits(1);
    const rescaled = own.map((value, i) => value * (1 + (i % 14)) + (i % 14));
    expect(logitCorrelation(own, own)).toBeCloseTo(1, 6);
    expect(logitCorrelation(own, rescaled)).toBeCloseTo(1, 6);
    expect(
      logitCorrelation(
        own,
        own.map((value) => -value),
      ),
    ).toBeCloseTo(-1, 6);
  });

  test('is the mean over the findings', () => {
    const own = logits(1);
    // Half of the findings answered the other way round.
    expect(
      logitCorrelation(
        own,
        own.map((value, i) => (i % 14 < 7 ? value : -value)),
      ),
    ).toBeCloseTo(0, 6);
    expect(Math.abs(logitCorrelation(own, logits(2)))).toBeLessThan(0.1);
  });

  test('leaves out findings that a model answers alike for all images, and is NaN without any other', () => {
    const own = logits(1);
    expect(
      logitCorrelation(
        own,
        own.map((value, i) => (i % 14 === 3 ? -2.5 : value)),
      ),
    ).toBeCloseTo(1, 6);
    expect(
      logitCorrelation(
        own,
        own.map(() => -2.5),
      ),
    ).toBeNaN();
  });

  test('is refused for answers to different numbers of images', () => {
    expect(() => logitCorrelation(logits(1), logits(1, 3))).toThrow(RangeError);
  });
});

describe('near copies', () => {
  const own = logits(1);

  test('belong to the earlier commitment, whatever the order of the models', () => {
    const models = [
      model('late', 9, { a: noisy(own, 0.01) }),
      model('early', 4, { a: own }),
      model('other', 1, { a: logits(2) }),
    ];
    expect(verdicts(...models)).toEqual({ late: 'early' });
    expect(verdicts(...models.toReversed())).toEqual({ late: 'early' });
  });

  test('are told with the evidence', () => {
    const copy = noisy(own, 0.01);
    const found = judgeNearCopies([model('early', 4, { a: own }), model('late', 9, { a: copy })]).get(
      'late' as Hotkey,
    );
    expect(found).toMatchObject({
      code: 'COPY_OF',
      detail: expect.stringMatching(
        /^answers 100 images as the model of early does, who committed it at block 4/,
      ) as unknown,
      evidence: { by: 'near', holder: 'early', holderCommitBlock: 4, images: 100 },
    });
    expect(found?.evidence?.correlation).toBeCloseTo(logitCorrelation(own, copy), 4);
  });

  /** Answers that correlate with `own` as wanted, by noise. */
  function alike(wanted: number): Float32Array {
    let [least, most] = [0, 10];
    for (let step = 0; step < 40; step += 1) {
      const middle = (least + most) / 2;
      if (logitCorrelation(own, noisy(own, middle)) > wanted) least = middle;
      else most = middle;
    }
    return noisy(own, least);
  }

  test.each([
    ['another backbone', 'x', 'y', NEAR_COPY.correlation],
    ['the same backbone', 'x', 'x', NEAR_COPY.sameBackbone],
    ['a backbone that is not known', 'x', undefined, NEAR_COPY.sameBackbone],
  ])('with %s are those over its threshold', (_, backbone, other, threshold) => {
    const early = model('a', 1, { a: own }, backbone);
    expect(verdicts(early, model('b', 2, { a: alike(threshold + 1e-5) }, other))).toEqual({ b: 'a' });
    expect(verdicts(early, model('b', 2, { a: alike(threshold - 1e-5) }, other))).toEqual({});
  });

  test('in one block belong to the hotkey that comes first', () => {
    expect(verdicts(model('b', 4, { a: own }), model('a', 4, { a: own }))).toEqual({ b: 'a' });
  });

  test('of copies are judged against the original: a copy claims nothing', () => {
    const models = [1, 2, 3].map((seed) => model(`c${seed}`, 10 + seed, { a: noisy(own, 0.01, seed) }));
    expect(verdicts(model('early', 4, { a: own }), ...models)).toEqual({
      c1: 'early',
      c2: 'early',
      c3: 'early',
    });
  });

  test('are not what one hotkey holds itself', () => {
    expect(verdicts(model('a', 1, { a: own }), model('a', 2, { a: own }))).toEqual({});
  });

  test('are found on any sample that both have answered, and not without one', () => {
    const early = model('early', 1, { a: own, b: logits(5, 200) });
    expect(verdicts(early, model('late', 2, { b: logits(5, 200), c: logits(6) }))).toEqual({ late: 'early' });
    expect(verdicts(early, model('late', 2, { c: own }))).toEqual({});
  });

  test('are not judged by few images', () => {
    const few = logits(1, NEAR_COPY.images - 1);
    expect(verdicts(model('a', 1, { a: few }), model('b', 2, { a: few }))).toEqual({});
  });

  test('are never models that answer all images alike', () => {
    const constant = own.map(() => -2.5);
    expect(verdicts(model('a', 1, { a: constant }), model('b', 2, { a: constant }))).toEqual({});
  });
});
