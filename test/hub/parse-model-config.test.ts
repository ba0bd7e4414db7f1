import { describe, expect, test } from '@jest/globals';
import { FINDINGS, type ModelSpec } from '../../src/common/index.js';
import { modelConfig, parseModelConfig } from '../../src/hub/index.js';
import { randomNumbers } from '../support/random-numbers.js';

const SPEC: ModelSpec = {
  architecture: 'mobile',
  imageSize: 224,
  channels: 3,
  classes: 14,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  options: { width: 0.5 },
};
const KNOWN = ['cnn', 'vgg', 'res', 'efficient', 'mobile'];
const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const valid = (): { healthtensor: Record<string, unknown> } & Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(modelConfig(SPEC, { epoch: 3 }))) as never;

/** The verdict on the valid configuration with one key of our block changed. */
function withKey(key: string, value: unknown) {
  const config = valid();
  config.healthtensor[key] = value;
  return parseModelConfig(encode(config), KNOWN);
}

test('what we write we read, exactly', () => {
  expect(parseModelConfig(modelConfig(SPEC, { epoch: 3 }), KNOWN)).toEqual({
    ok: true,
    spec: SPEC,
  });
  const gray: ModelSpec = {
    ...SPEC,
    architecture: 'cnn',
    channels: 1,
    mean: [0.5],
    std: [0.25],
    options: {},
    imageSize: 32,
  };
  expect(parseModelConfig(modelConfig(gray, {}))).toEqual({ ok: true, spec: gray });
});

test('a list of numbers is an option like a number', () => {
  const options = { filters: '32-64-128', hidden: 64, dropout: 0.25 };
  const spec: ModelSpec = { ...SPEC, architecture: 'cnn', options };
  expect(parseModelConfig(modelConfig(spec, {}), KNOWN)).toEqual({ ok: true, spec });
});

test('an architecture that is not known is its own verdict, and passes where none are named', () => {
  const config = modelConfig({ ...SPEC, architecture: 'transformer' }, {});
  expect(parseModelConfig(config, KNOWN)).toMatchObject({
    ok: false,
    code: 'UNKNOWN_ARCHITECTURE',
  });
  expect(parseModelConfig(config)).toMatchObject({ ok: true });
});

test.each(['labels', 'mean', 'options', 'version'])(
  '%s nested without end is a verdict like any other',
  (key) => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const text = new TextDecoder().decode(
      encode({ ...valid(), healthtensor: { ...valid().healthtensor, [key]: 'HERE' } }),
    );
    expect(parseModelConfig(encode(text.replace('"HERE"', nested)))).toMatchObject({
      ok: false,
      code: 'BAD_CONFIG',
    });
  },
);

describe('refused with BAD_CONFIG', () => {
  const bad: [string, unknown][] = [
    ['version', 2],
    ['version', undefined],
    ['architecture', '../mobile'],
    ['architecture', ['mobile']],
    ['architecture', ''],
    ['imageSize', 225],
    ['imageSize', 0],
    ['imageSize', 544],
    ['imageSize', -224],
    ['imageSize', '224'],
    ['imageSize', 64.5],
    ['channels', 2],
    ['channels', '3'],
    ['mean', [0.5]],
    ['mean', [0.5, 0.5, null]],
    ['mean', [1e300, 0, 0]],
    ['mean', { length: 3, 0: 0, 1: 0, 2: 0 }],
    ['std', [0, 0.2, 0.2]],
    ['std', [-0.2, 0.2, 0.2]],
    ['std', [1e-9, 0.2, 0.2]],
    ['labels', [...FINDINGS].reverse()],
    ['labels', FINDINGS.slice(1)],
    ['labels', [...FINDINGS, 'Extra']],
    ['labels', 'Atelectasis'],
    ['activation', 'softmax'],
    ['options', []],
    ['options', { width: { deep: 1 } }],
    ['options', { width: null }],
    ['options', { 'bad name': 1 }],
    ['options', { constructor: 1 }],
    ['options', { toString: 1 }],
    ['options', { long: 'x'.repeat(65) }],
    ['options', { filters: '32,64' }],
    ['options', { filters: '032' }],
    ['options', { filters: '32-' }],
    ['options', { filters: '12345' }],
    ['options', { filters: '1-1-1-1-1-1-1' }],
    ['options', { batch_norm: true }],
    ['options', Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`o${i}`, i]))],
    ['surprise', 1],
  ];
  test.each(bad)('%s = %j', (key, value) => {
    expect(withKey(key, value)).toMatchObject({ ok: false, code: 'BAD_CONFIG' });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['YAML', 'architecture: mobile'],
    ['a pickle', '\u0080\u0004}'],
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no block of ours', '{"architecture":"resnet18"}'],
    ['a list as the block', '{"healthtensor":[]}'],
    ['an inherited block', '{"__proto__":{"healthtensor":{"version":1}}}'],
    ['__proto__ in the block', '{"healthtensor":{"version":1,"__proto__":{"architecture":"mobile"}}}'],
    ['two values', '{} {}'],
    ['deep nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['infinity', '{"healthtensor":{"version":1e999}}'],
  ])('%s', (_, text) => {
    expect(parseModelConfig(encode(text))).toMatchObject({ ok: false, code: 'BAD_CONFIG' });
  });

  test('bytes that are not UTF-8, and a byte order mark', () => {
    expect(parseModelConfig(new Uint8Array([0x7b, 0xff, 0x7d]))).toMatchObject({ code: 'BAD_CONFIG' });
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...modelConfig(SPEC, {})]);
    expect(parseModelConfig(marked)).toMatchObject({ code: 'BAD_CONFIG' });
  });

  test('an option that is too large to be a number', () => {
    const text = JSON.stringify(valid()).replace('"width":0.5', '"width":1e999');
    expect(text).toContain('1e999');
    expect(parseModelConfig(encode(text))).toMatchObject({ code: 'BAD_CONFIG' });
  });

  test('options called __proto__ do not touch any prototype', () => {
    const text = JSON.stringify(valid()).replace('"width"', '"__proto__"');
    expect(parseModelConfig(encode(text))).toMatchObject({ code: 'BAD_CONFIG' });
    expect(({} as Record<string, unknown>).width).toBeUndefined();
  });
});

test('more than 64 KiB are refused unread', () => {
  expect(parseModelConfig(new Uint8Array(64 * 1024 + 1))).toMatchObject({ ok: false, code: 'TOO_LARGE' });
});

test('the detail stays short and quotes what came', () => {
  const verdict = withKey('architecture', 'X'.repeat(10_000));
  expect(verdict).toMatchObject({ ok: false });
  if (!verdict.ok) expect(verdict.detail.length).toBeLessThan(200);
  expect(withKey('imageSize', 225)).toMatchObject({
    detail: expect.stringMatching(/multiple of 32.*225/) as unknown,
  });
});

test('five thousand mutations never throw, and what passes is sound', () => {
  const random = randomNumbers(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const oddities = [
    null,
    true,
    '',
    'x'.repeat(100),
    -1,
    0,
    1e308,
    1.5,
    [],
    {},
    [[]],
    { __proto__: null },
    '\ud800',
    33,
    FINDINGS,
  ];
  let passed = 0;
  for (let i = 0; i < 5000; i++) {
    const config = valid();
    let bytes: Uint8Array;
    if (random() < 0.5) {
      const target = random() < 0.9 ? config.healthtensor : config;
      const key = pick([...Object.keys(target), '__proto__', 'extra']);
      if (random() < 0.2) delete target[key];
      else
        Object.defineProperty(target, key, {
          value: mutated(target[key], pick(oddities), random),
          enumerable: true,
        });
      bytes = encode(config);
    } else {
      bytes = encode(config);
      for (let n = Math.ceil(random() * 4); n > 0; n--)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      if (random() < 0.2) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
    }
    const verdict = parseModelConfig(bytes, KNOWN);
    if (!verdict.ok) {
      expect(['BAD_CONFIG', 'UNKNOWN_ARCHITECTURE']).toContain(verdict.code);
      continue;
    }
    passed++;
    const { spec } = verdict;
    expect(KNOWN).toContain(spec.architecture);
    expect(spec.imageSize % 32).toBe(0);
    expect(spec.classes).toBe(14);
    expect(spec.mean).toHaveLength(spec.channels);
    expect(spec.std.every((value) => value >= 0.001 && Number.isFinite(value))).toBe(true);
  }
  // Some mutations touch only what does not count: were none to pass, or all, the test would test nothing.
  expect(passed).toBeGreaterThan(100);
  expect(passed).toBeLessThan(4900);
});

function mutated(value: unknown, oddity: unknown, random: () => number): unknown {
  if (!Array.isArray(value) || random() < 0.5) return oddity;
  const copy = [...(value as unknown[])];
  copy[Math.floor(random() * copy.length)] = oddity;
  return copy;
}
