/** The file descriptor of a worker's pipe to the validator; standard output may get a library's chatter. */
export const CHANNEL = 3;

// A value goes over the pipe as JSON and the bytes of its typed arrays, one behind the other in the order in which the JSON
// names them, with the lengths of both in front.

const PREFIX_BYTES = 8;
const MOST_TEXT_BYTES = 1024 * 1024;

const ARRAYS = { u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
type ArrayKind = keyof typeof ARRAYS;
/** What stands in the JSON for a typed array: its kind and number of elements. */
type Place = { $array: [ArrayKind, number] };

/** A value of objects, lists, strings, numbers, booleans, null and typed arrays as one frame. */
export function encodeFrame(value: unknown): Buffer {
  const parts: Buffer[] = [];
  const text = Buffer.from(
    JSON.stringify(value, (_, one: unknown) => {
      const kind = (Object.keys(ARRAYS) as ArrayKind[]).find((name) => one instanceof ARRAYS[name]);
      if (kind === undefined) return one;
      const array = one as InstanceType<(typeof ARRAYS)[ArrayKind]>;
      parts.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
      const place: Place = { $array: [kind, array.length] };
      return place;
    }),
  );
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeUInt32LE(
    parts.reduce((bytes, part) => bytes + part.length, 0),
    4,
  );
  return Buffer.concat([prefix, text, ...parts]);
}

/**
 * Cuts a stream into frames and reads them. The other end may be in a stranger's hands: more than `mostBytes` of arrays,
 * or anything that is no frame, is an Error, after which the reader is of no use any more.
 */
export class FrameReader {
  /** The most bytes of typed arrays in a frame. */
  mostBytes = 0;
  #chunks: Buffer[] = [];
  #held = 0;

  /** The frames that are complete with this chunk. */
  *read(chunk: Buffer): Generator {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    for (;;) {
      if (this.#held < PREFIX_BYTES) return;
      const head = this.#whole(PREFIX_BYTES);
      const [text, bytes] = [head.readUInt32LE(0), head.readUInt32LE(4)];
      if (text > MOST_TEXT_BYTES || bytes > this.mostBytes) {
        throw new Error(`a frame of ${text} bytes of text and ${bytes} of numbers`);
      }
      if (this.#held < PREFIX_BYTES + text + bytes) return;
      const frame = this.#whole(PREFIX_BYTES + text + bytes);
      this.#drop(frame.length);
      yield decode(frame.subarray(PREFIX_BYTES, PREFIX_BYTES + text), frame.subarray(PREFIX_BYTES + text));
    }
  }

  /** The first `count` bytes in one piece. */
  #whole(count: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) return first.subarray(0, count);
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined.subarray(0, count);
  }

  #drop(count: number): void {
    const rest = Buffer.concat(this.#chunks).subarray(count);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
  }
}

// Each byte belongs to one array: many that shared a few would fill the memory of whoever reads them.
function decode(text: Buffer, bytes: Buffer): unknown {
  let rest = bytes;
  const value: unknown = JSON.parse(text.toString('utf8'), (_, one: unknown) => {
    const place = (one as Partial<Place> | null)?.$array;
    if (place === undefined) return one;
    const array = arrayFrom(rest, place);
    rest = rest.subarray(array.byteLength);
    return array;
  });
  if (rest.length > 0) throw new Error('a frame with numbers of no array');
  return value;
}

function arrayFrom(bytes: Buffer, place: unknown): InstanceType<(typeof ARRAYS)[ArrayKind]> {
  const [kind, count] = (Array.isArray(place) ? place : []) as unknown[];
  const type =
    typeof kind === 'string' && Object.hasOwn(ARRAYS, kind) ? ARRAYS[kind as ArrayKind] : undefined;
  if (type === undefined || !isCount(count)) throw new Error('a frame with a bad array');
  const length = count * type.BYTES_PER_ELEMENT;
  if (length > bytes.length) throw new Error('a frame with an array beyond its end');
  // Copied: the bytes need not lie where the type wants them, and the frame is not kept for one array.
  return new type(Uint8Array.from(bytes.subarray(0, length)).buffer);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
