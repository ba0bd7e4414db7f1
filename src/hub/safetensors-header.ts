import { reject, type Rejection, type Verdict } from '../common/verdict.js';
import { MODEL_FILES } from './model-files.js';
import {
  BadHeader,
  parseHeaderText,
  SAFETENSORS_LIMITS,
  type SafetensorsEntry,
} from './safetensors-grammar.js';

/** The header's length, in front of it. */
const PREFIX_BYTES = 8;

/** The longest header with its length: by so much of a file, or all of a shorter one, its tensors are known. */
export const SAFETENSORS_HEAD_BYTES = PREFIX_BYTES + SAFETENSORS_LIMITS.headerBytes;

const DTYPE_BYTES: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['I16', 2],
  ['U16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['I32', 4],
  ['U32', 4],
  ['F32', 4],
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
]);

/**
 * Parses and checks the header of a safetensors file by the rules of the C++ reader (native/safetensors.cpp,
 * safetensors_header.cpp), in its order and with its words; stricter than the reference (huggingface/safetensors). Total:
 * whatever the bytes are, the answer is the tensors in the order of their data, or BAD_SAFETENSORS.
 * @param head the first SAFETENSORS_HEAD_BYTES of the file, or all of a shorter one
 * @param fileBytes length of the whole file
 */
export function parseSafetensorsHead(
  head: Uint8Array,
  fileBytes: number,
): Verdict<{ entries: readonly SafetensorsEntry[] }> {
  if (head.byteLength < PREFIX_BYTES) return refused('it is shorter than 8 bytes');
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > BigInt(SAFETENSORS_LIMITS.headerBytes)) return refused('its header is longer than 256 KiB');
  const dataStart = PREFIX_BYTES + Number(length);
  if (dataStart > fileBytes || dataStart > head.byteLength)
    return refused('its header is longer than the file');
  const header = head.subarray(PREFIX_BYTES, dataStart);
  if (!isUtf8(header)) return refused('the header is not UTF-8');
  try {
    return { ok: true, entries: checkedLayout(parseHeaderText(header), fileBytes - dataStart) };
  } catch (error) {
    if (error instanceof BadHeader) return refused(error.message);
    throw error;
  }
}

/** Every byte of the data belongs to exactly one tensor, and every tensor has the bytes that its shape needs. */
function checkedLayout(entries: SafetensorsEntry[], dataBytes: number): SafetensorsEntry[] {
  // Empty tensors share their offset with the next one, so the end breaks ties.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const entry of entries) {
    if (entry.begin !== expected || entry.end < entry.begin) {
      throw new BadHeader(`the data of ${entry.name} overlap others or leave a hole`);
    }
    if (entry.end - entry.begin !== bytesOf(entry)) {
      throw new BadHeader(`the data of ${entry.name} do not fit its shape and dtype`);
    }
    expected = entry.end;
  }
  if (expected !== dataBytes) throw new BadHeader('the file has missing or superfluous bytes');
  return entries;
}

function bytesOf({ name, dtype, shape }: SafetensorsEntry): number {
  let bytes = DTYPE_BYTES.get(dtype);
  if (bytes === undefined) throw new BadHeader(`${name} has an unknown dtype`);
  // Zero dimensions are left out of the product, so that they cannot hide an overflow of the others.
  for (const size of shape) {
    if (size > 0) bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) throw new BadHeader(`the size of ${name} overflows`);
  }
  return shape.includes(0) ? 0 : bytes;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function refused(reason: string): Rejection {
  return reject('BAD_SAFETENSORS', `${MODEL_FILES.weights}: ${reason}`);
}
