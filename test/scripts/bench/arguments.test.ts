import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { BENCH_USAGE, parseBenchArguments } from '../../../scripts/bench/arguments.mjs';
import { casesOf } from '../../../scripts/bench/cases.mjs';
import { parseCompareArguments } from '../../../scripts/bench/compare-arguments.mjs';
import { parseQualityArguments } from '../../../scripts/bench/quality-arguments.mjs';

describe('npm run bench', () => {
  test('a mode alone measures all architectures in both precisions at the size of the original', () => {
    const parsed = parseBenchArguments(['train']);
    expect(parsed).toEqual({
      mode: 'train',
      architectures: ['cnn', 'vgg', 'res', 'efficient', 'mobile'],
      precisions: ['fp32', 'bf16'],
      batch: 32,
      size: 224,
      steps: 8,
      limit: 60,
      threads: undefined,
      dataset: undefined,
      json: false,
    });
    expect(casesOf(parsed)).toHaveLength(10);
  });

  test('every flag has its effect', () => {
    const given =
      'eval --arch cnn,res --precision bf16 --batch 4 --size 64 --steps 2 --limit 5 --threads 1 --json';
    const parsed = parseBenchArguments(given.split(' '));
    expect(parsed).toMatchObject({
      mode: 'eval',
      batch: 4,
      size: 64,
      steps: 2,
      limit: 5,
      threads: 1,
      json: true,
    });
    expect(casesOf(parsed)).toEqual([
      { arch: 'cnn', precision: 'bf16' },
      { arch: 'res', precision: 'bf16' },
    ]);
  });

  test('input is measured once a precision, memory once an architecture, startup once', () => {
    expect(casesOf(parseBenchArguments(['input']))).toHaveLength(2);
    expect(casesOf(parseBenchArguments(['memory']))).toHaveLength(5);
    expect(casesOf(parseBenchArguments(['startup']))).toHaveLength(1);
  });

  test.each([
    [[], 'Expected one mode'],
    [['trian'], 'Expected mode to be one of train, eval'],
    [['train', 'eval'], 'Expected one mode'],
    [
      ['train', '--arch', 'cnn,vit'],
      'Expected --arch to be one of cnn, vgg, res, efficient, mobile but received "vit"',
    ],
    [['train', '--precision', 'fp64'], 'Expected --precision to be one of fp32, bf16, both'],
    [['train', '--batch', '0'], 'Expected --batch to be a positive whole number but received "0"'],
    [['train', '--size', '100'], 'Expected --size to be a multiple of 32 up to 512 but received 100'],
    [['train', '--stpes', '3'], '--stpes'],
  ])('%j is refused with the usage', (args, message) => {
    expect(() => parseBenchArguments(args)).toThrow(message);
    expect(() => parseBenchArguments(args)).toThrow(BENCH_USAGE);
  });
});

describe('npm run bench:compare', () => {
  test('the interpreters are taken as they are, and both modes are compared in three rounds', () => {
    const parsed = parseCompareArguments(['--python', 'a/python', '--keras-python', 'b/python']);
    expect(parsed).toMatchObject({
      python: 'a/python',
      kerasPython: 'b/python',
      rounds: 3,
      modes: ['train', 'eval'],
    });
    expect(parsed.baselines).toMatch(/scripts\/bench\/python$/);
  });

  test.each([
    [['--mode', 'fast'], 'Expected --mode to be train, eval or both but received "fast"'],
    [['train'], 'Expected no word but received "train"'],
    [['--rounds', 'x'], 'Expected --rounds to be a positive whole number'],
  ])('%j is refused', (args, message) => {
    expect(() => parseCompareArguments(args)).toThrow(message);
  });
});

describe('npm run bench:quality', () => {
  test('a data set is enough', () => {
    expect(parseQualityArguments(['--dataset', 'nih'])).toMatchObject({
      dataset: 'nih',
      network: { architecture: 'res', options: { layers: 18 } },
      seeds: 5,
      rate: 0.0003,
    });
  });

  test.each([
    [[], 'Expected --dataset'],
    [['--dataset', 'nih', '--network', 'vit'], 'Expected --network to be one of res18, mobile50, mobile25'],
    [['--dataset', 'nih', '--rate', '2'], 'Expected --rate in 0..1 but received "2"'],
  ])('%j is refused', (args, message) => {
    expect(() => parseQualityArguments(args)).toThrow(message);
  });
});

test.each(['bench', 'compare', 'quality'])(
  '%s prints its usage for --help and measures nothing',
  async (name) => {
    const script = fileURLToPath(new URL(`../../../scripts/bench/${name}.mjs`, import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, '--help']);
    expect(stdout).toMatch(/^npm run bench/);
    expect(stderr).toBe('');
  },
);
