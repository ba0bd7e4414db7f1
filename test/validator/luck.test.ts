import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { enoughImages, orderModels } from '../../src/validator/order.js';
import { type PairedDifference, pairedDifference } from '../../src/validator/paired-difference.js';
import { randomNumbers } from '../support/random-numbers.js';

const SAMPLE = 2048;
const LOOKS = enoughImages(1e6) / SAMPLE;

/** Normal numbers, by Box and Muller. */
function normalNumbers(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Who comes first after a look: the best of before, or a challenger whose loss is lower by `difference`. */
function firstOf(paired: PairedDifference): string {
  const loss = 0.15;
  const models = [
    { hotkey: 'best' as Hotkey, commitBlock: 1, loss },
    { hotkey: 'challenger' as Hotkey, commitBlock: 2, loss: loss - paired.difference },
  ];
  const compare = (better: { hotkey: Hotkey }) =>
    better.hotkey === 'challenger' ? paired : { ...paired, difference: -paired.difference };
  return orderModels(models, { compare, enough: enoughImages(1e6) })[0]?.hotkey as string;
}

/**
 * How many of so many challengers, none better than the best by more than `gap`, stand before it: after a look or more, and
 * in the end. `spread`: standard deviation of the difference on one image.
 */
function passes(o: { challengers: number; spread: number; gap?: number }): { ever: number; last: number } {
  const normal = normalNumbers(1);
  let [ever, last] = [0, 0];
  for (let challenger = 0; challenger < o.challengers; challenger++) {
    let [sum, passed, first] = [0, false, ''];
    for (let look = 1; look <= LOOKS; look++) {
      sum += SAMPLE * (o.gap ?? 0) + o.spread * Math.sqrt(SAMPLE) * normal();
      const images = look * SAMPLE;
      const standardError = o.spread / Math.sqrt(images);
      first = firstOf({ images, patients: images, difference: sum / images, standardError });
      passed ||= first === 'challenger';
    }
    ever += Number(passed);
    last += Number(first === 'challenger');
  }
  return { ever, last };
}

describe('luck', () => {
  // Ten days of one hotkey that commits another model, as good as the best, each five minutes.
  const challengers = 3000;

  test('makes nobody the best who only tries often: models of one kind', () => {
    const { ever } = passes({ challengers, spread: 0.014 });
    expect(ever).toBeLessThanOrEqual(1);
  });

  test('makes nobody the best who gambles: models that differ much on single images', () => {
    const { ever, last } = passes({ challengers, spread: 0.045 });
    expect(ever / challengers).toBeLessThan(0.001);
    expect(last).toBeLessThanOrEqual(1);
  });

  test('does not keep a better model from the first place', () => {
    expect(passes({ challengers: 200, spread: 0.014, gap: 0.001 }).last).toBeGreaterThan(190);
  });

  test('of patients with many images counts by the patient', () => {
    let [clustered, byImage] = [0, 0];
    for (let challenger = 0; challenger < 300; challenger++) {
      const normal = normalNumbers(challenger);
      const differences: number[] = [];
      const patients: number[] = [];
      for (let patient = 0; patient < 200; patient++) {
        const own = normal();
        for (let image = 0; image < 10; image++) {
          differences.push(0.001 * (own + 0.5 * normal()));
          patients.push(patient);
        }
      }
      const images = differences.map((_, image) => image);
      clustered += Number(firstOf(pairedDifference(differences, patients)) === 'challenger');
      byImage += Number(firstOf(pairedDifference(differences, images)) === 'challenger');
    }
    expect(clustered).toBeLessThanOrEqual(1);
    expect(byImage).toBeGreaterThan(15);
  });
});
