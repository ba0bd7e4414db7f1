import { readFile } from 'node:fs/promises';
import type { ModelSpec } from '../../src/common/index.js';
import { type TestTensor, uniform } from './safetensors.js';

export interface ParityCase {
  architecture: string;
  imageSize: number;
  channels: 1 | 3;
  mean: number;
  std: number;
  options: Record<string, number>;
  /** Shapes by name, sorted by name. */
  tensors: Record<string, number[]>;
  logits: number[];
}

/** What timm and torch said; see scripts/fixtures/make-engine-fixtures.py. */
export interface ParityFixture {
  images: number;
  pixelStream: number;
  cases: ParityCase[];
  mobileChannels: Record<string, number[]>;
}

export async function parityFixture(): Promise<ParityFixture> {
  const url = new URL('../engine/fixtures/parity.json', import.meta.url);
  return JSON.parse(await readFile(url, 'utf8')) as ParityFixture;
}

export function specOf(parity: ParityCase): ModelSpec {
  const { architecture, imageSize, channels, mean, std, options } = parity;
  const each = (value: number) => Array<number>(channels).fill(value);
  return { architecture, imageSize, channels, classes: 14, mean: each(mean), std: each(std), options };
}

/** The tensors of a case, with the values that the generator's formula gives them. */
export function tensorsOf({ tensors }: ParityCase): TestTensor[] {
  return Object.entries(tensors).map(([name, shape], stream) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const unit = uniform(stream, count);
    const scale = Math.sqrt(6 / shape.slice(1).reduce((product, size) => product * size, 1));
    const positive = name.endsWith('running_var') || (`.${name}`.includes('.bn') && name.endsWith('weight'));
    const value = (u: number) =>
      shape.length > 1 ? (u * 2 - 1) * scale : positive ? u + 0.5 : (u - 0.5) * 0.4;
    return { name, shape, values: Float32Array.from(unit, value) };
  });
}
