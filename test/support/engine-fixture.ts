import { readFile } from 'node:fs/promises';
import type { ModelOptions, ModelSpec } from '../../src/common/index.js';
import { type TestTensor, uniform } from './safetensors.js';

export interface ParityCase {
  architecture: string;
  imageSize: number;
  channels: 1 | 3;
  images: number;
  /** Of the weights. */
  seed: number;
  mean: number[];
  std: number[];
  options: ModelOptions;
  /** Shapes by name, sorted by name. */
  tensors: Record<string, number[]>;
  /** With the running statistics. */
  logits: number[];
  /** With those of the batch; of each tensor the norm, the first, middle and last value. */
  training: { loss: number; tensors: Record<string, [number, number, number, number]> };
}

/** What a full model of timm or torch consists of. */
export interface ParityFamily {
  name: string;
  architecture: string;
  imageSize: number;
  channels: 1 | 3;
  options: ModelOptions;
  /** Trained numbers. */
  parameters: number;
  tensors: number;
  /** Of one line "name 64x3x7x7" for each tensor, sorted by name. */
  sha256: string;
}

/** What timm and torch said; see scripts/fixtures/make-engine-fixtures.py. */
export interface ParityFixture {
  pixelStream: number;
  cases: ParityCase[];
  families: ParityFamily[];
}

export async function parityFixture(): Promise<ParityFixture> {
  const url = new URL('../engine/fixtures/parity.json', import.meta.url);
  return JSON.parse(await readFile(url, 'utf8')) as ParityFixture;
}

export function specOf({ architecture, imageSize, channels, mean, std, options }: ParityCase): ModelSpec {
  return { architecture, imageSize, channels, classes: 14, mean, std, options };
}

/** The tensors of a case, with the values that the generator's formula gives them. */
export function tensorsOf({ seed, tensors }: ParityCase): TestTensor[] {
  const isNorm = (name: string) =>
    Object.hasOwn(tensors, name.replace(/(weight|bias)$/, 'running_mean')) && !name.includes('running');
  return Object.entries(tensors).map(([name, shape], stream) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const scale = Math.sqrt(6 / shape.slice(1).reduce((product, size) => product * size, 1));
    const value = (unit: number): number => {
      if (shape.length > 1) return (unit * 2 - 1) * scale;
      if (name.endsWith('running_var')) return unit + 0.5;
      if (isNorm(name) && name.endsWith('weight')) return unit * 0.4 + 0.6;
      if (isNorm(name) && name.endsWith('bias')) return unit < 0.25 ? unit - 3 : unit + 1.5;
      return (unit - 0.5) * 0.4;
    };
    return { name, shape, values: Float32Array.from(uniform(1000 * seed + stream, count), value) };
  });
}
