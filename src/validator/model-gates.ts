import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelSpec, reject, type Verdict } from '../common/index.js';
import { expectedTensors, matchTensors } from '../engine/index.js';
import {
  MAX_CONFIG_BYTES,
  MODEL_FILES,
  parseModelConfig,
  parseSafetensorsHead,
  SAFETENSORS_HEAD_BYTES,
} from '../hub/index.js';

/** VGG-19 with its 4096-wide layers is 575 MB in float32: the largest model that there is a reason to send. */
export const MAX_WEIGHTS_BYTES = 640 * 1024 * 1024;

/** The specification in a config.json, when this validator evaluates models of its input size. */
export function judgeConfig(config: Uint8Array, o: { maxImageSize: number }): Verdict<{ spec: ModelSpec }> {
  const parsed = parseModelConfig(config);
  if (!parsed.ok) return parsed;
  const { imageSize } = parsed.spec;
  if (imageSize <= o.maxImageSize) return parsed;
  const detail = `input of ${imageSize} pixels; multiples of 32 up to ${o.maxImageSize} are evaluated`;
  return reject('BAD_CONFIG', detail, { imageSize, maxImageSize: o.maxImageSize });
}

/**
 * Judges weights by the head of their file alone: its form, its length, and each tensor's name, shape and dtype.
 * @param o.fileBytes of the whole file
 * @param o.head gives the first `bytes` of it, or all of a shorter file
 */
export async function judgeHeader(o: {
  spec: ModelSpec;
  fileBytes: number;
  head: (bytes: number) => Promise<Verdict<{ head: Uint8Array }>>;
}): Promise<Verdict<{ parameters: number }>> {
  const expected = await expectedTensors(o.spec);
  if (!expected.ok) return expected;
  const start = await o.head(SAFETENSORS_HEAD_BYTES);
  if (!start.ok) return start;
  const parsed = parseSafetensorsHead(start.head, o.fileBytes);
  return parsed.ok ? matchTensors(parsed.entries, expected.tensors) : parsed;
}

/**
 * What the validator judges before it evaluates, of a model folder on this disk: config.json, and the head of
 * model.safetensors.
 * @throws when a file cannot be read
 */
export async function judgeModelFolder(
  folder: string,
  o: { maxImageSize: number },
): Promise<Verdict<{ spec: ModelSpec; parameters: number; weightsPath: string }>> {
  const weightsPath = join(folder, MODEL_FILES.weights);
  const file = await open(weightsPath, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_WEIGHTS_BYTES) {
      return reject('TOO_LARGE', `${weightsPath} has ${size} bytes where ${MAX_WEIGHTS_BYTES} are allowed`);
    }
    const config = judgeConfig(await readConfig(join(folder, MODEL_FILES.config)), o);
    if (!config.ok) return config;
    const head = async (bytes: number) => ({ ok: true as const, head: await startOf(file, bytes) });
    const header = await judgeHeader({ spec: config.spec, fileBytes: size, head });
    return header.ok ? { ...header, spec: config.spec, weightsPath } : header;
  } finally {
    await file.close();
  }
}

/** A byte more than is allowed is enough to refuse it. */
async function readConfig(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    return await startOf(file, MAX_CONFIG_BYTES + 1);
  } finally {
    await file.close();
  }
}

/** The first bytes, or all of a shorter file. */
async function startOf(file: FileHandle, bytes: number): Promise<Uint8Array> {
  const start = Buffer.alloc(Math.min(bytes, (await file.stat()).size));
  let done = 0;
  while (done < start.length) {
    const { bytesRead } = await file.read(start, done, start.length - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return start.subarray(0, done);
}
