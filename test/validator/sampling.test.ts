import { describe, expect, test } from '@jest/globals';
import { drawIndices, drawStratified, sampleDigest } from '../../src/validator/sampling.js';

const draw = (seed: string, population = 1000, count = 50, purpose = 'images') =>
  drawIndices({ population, count, seed, purpose });

/** One image in 500 has finding 7, one in 10 finding 0, some both. */
const LABELS = Uint16Array.from(
  { length: 20_000 },
  (_, row) => Number(row % 500 === 3) * 128 + Number(row % 10 === 3),
);
const stratified = (seed: string, count = 2048, labels: ArrayLike<number> = LABELS) =>
  drawStratified({ labels, count, seed, purpose: 'images' });
const having = (rows: Uint32Array, bit: number) =>
  rows.filter((row) => ((LABELS[row] ?? 0) & bit) !== 0).length;

describe('the images of a round', () => {
  test('hold each finding in its share of the data, in every draw', () => {
    for (let seed = 0; seed < 20; seed++) {
      const rows = stratified(`0x${seed}`);
      expect(new Set(rows).size).toBe(2048);
      expect(having(rows, 128)).toBe(4);
      expect(Math.abs(having(rows, 1) - 205)).toBeLessThanOrEqual(1);
    }
  });

  test('hold two of a finding that is too rare to have a share', () => {
    for (let seed = 0; seed < 20; seed++) expect(having(stratified(`0x${seed}`, 100), 128)).toBe(2);
  });

  test('are as many as asked for, or all, also when there are fewer than findings', () => {
    expect(stratified('0x1', 3)).toHaveLength(3);
    expect(stratified('0x1', 0)).toHaveLength(0);
    expect([...stratified('0x1', 9, [0, 1, 2, 4])]).toEqual([0, 1, 2, 3]);
    expect([...stratified('0x1', 9, [])]).toEqual([]);
  });

  test('are the same for everybody who knows the block hash, others for another, in rising order', () => {
    expect(stratified('0xabc')).toEqual(stratified('0xabc'));
    expect(stratified('0xabc')).not.toEqual(stratified('0xabd'));
    expect(stratified('0xabc')).toEqual(stratified('0xabc').slice().sort());
  });

  test('favour no image', () => {
    const labels = Uint16Array.from({ length: 40 }, (_, row) => Number(row < 10));
    const drawn = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 4000; seed++) {
      for (const row of stratified(`0x${seed}`, 8, labels)) drawn[row] = (drawn[row] ?? 0) + 1;
    }
    // 800 expected each; the standard deviation is about 25.
    for (const count of drawn) expect(Math.abs(count - 800)).toBeLessThan(140);
  });
});

describe('a plain draw', () => {
  test('is the same for everybody who knows the block hash', () => {
    expect(draw('0xabc')).toEqual(draw('0xabc'));
  });

  test('changes with the block hash and with the purpose', () => {
    expect(draw('0xabc')).not.toEqual(draw('0xabd'));
    expect(draw('0xabc')).not.toEqual(draw('0xabc', 1000, 50, 'miners'));
  });

  test('holds no index twice, none out of range, in rising order', () => {
    const indices = [...draw('0x1')];
    expect(new Set(indices).size).toBe(50);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    expect(indices.every((index) => index >= 0 && index < 1000)).toBe(true);
  });

  test('is everything when as many or more are wanted than there are', () => {
    expect([...draw('0x1', 4, 4)]).toEqual([0, 1, 2, 3]);
    expect([...draw('0x1', 4, 9)]).toEqual([0, 1, 2, 3]);
    expect([...draw('0x1', 0, 9)]).toEqual([]);
  });

  test('favours no index', () => {
    const drawn = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 5000; seed++) {
      for (const index of draw(`0x${seed}`, 10, 3)) drawn[index] = (drawn[index] ?? 0) + 1;
    }
    // 1500 expected each; the standard deviation is about 32.
    for (const count of drawn) expect(Math.abs(count - 1500)).toBeLessThan(170);
  });

  test('has a digest that changes with the images and with the data', () => {
    const digest = sampleDigest('data', Uint32Array.of(1, 2));
    expect(sampleDigest('data', Uint32Array.of(1, 2))).toBe(digest);
    expect(sampleDigest('data', Uint32Array.of(1, 3))).not.toBe(digest);
    expect(sampleDigest('other', Uint32Array.of(1, 2))).not.toBe(digest);
  });
});
