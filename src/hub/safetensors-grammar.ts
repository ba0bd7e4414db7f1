/**
 * What a reader of safetensors accepts at most; native/safetensors_header.cpp and native/safetensors.cpp have the same
 * figures. The longest header of our architectures, ResNet-101's, has 49 KB, or 81 KB in many lines; the worst of 256 KiB
 * keeps the main thread busy for 5 to 20 ms, one of 1 MiB did for 60 and more.
 */
export const SAFETENSORS_LIMITS = {
  headerBytes: 256 * 1024,
  tensors: 4096,
  dimensions: 8,
  nameBytes: 256,
} as const;

/** One tensor in the header of a safetensors file. Offsets count from the start of the data. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A reason to refuse a header. */
export class BadHeader extends Error {}

const [QUOTE, BACKSLASH, COMMA, COLON, OPENED, CLOSED, LIST, LIST_END] = Buffer.from('"\\,:{}[]');
const SPACES: ReadonlySet<number | undefined> = new Set(Buffer.from(' \t\r\n'));
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Reads the little JSON that a safetensors header may contain - objects of strings, lists of whole numbers - byte by byte,
 * as native/safetensors_header.cpp does and with its words, so that a general parser's corners (numbers with exponents,
 * deep nesting, two fields of one name) do not exist. The entries come in the order of the header.
 * @param bytes of valid UTF-8
 * @throws BadHeader
 */
export function parseHeaderText(bytes: Uint8Array): SafetensorsEntry[] {
  return new HeaderParser(bytes).parse();
}

class HeaderParser {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  parse(): SafetensorsEntry[] {
    if (this.#bytes[0] !== OPENED) throw new BadHeader('the header does not begin with {');
    const entries: SafetensorsEntry[] = [];
    const names = new Set<string>();
    this.#object((name) => {
      if (names.has(name)) throw new BadHeader(`the name "${printable(name)}" occurs twice`);
      names.add(name);
      if (name === '__metadata__') return this.#metadata();
      if (entries.length === SAFETENSORS_LIMITS.tensors) {
        throw new BadHeader(`it has more than ${SAFETENSORS_LIMITS.tensors} tensors`);
      }
      if (!/^[A-Za-z0-9_./-]+$/.test(name) || name.length > SAFETENSORS_LIMITS.nameBytes) {
        throw new BadHeader(`"${printable(name)}" is no acceptable tensor name`);
      }
      entries.push(this.#tensor(name));
    });
    this.#skipSpace();
    if (this.#at !== this.#bytes.length) throw new BadHeader("something follows the header's JSON");
    return entries;
  }

  #tensor(name: string): SafetensorsEntry {
    const fields = new Set<string>();
    let dtype = '';
    let shape: number[] = [];
    let [begin, end] = [0, 0];
    this.#object((field) => {
      if (fields.has(field)) throw new BadHeader(`${name} has the field "${printable(field)}" twice`);
      fields.add(field);
      if (field === 'dtype') {
        dtype = this.#string();
      } else if (field === 'shape') {
        shape = this.#integers();
      } else if (field === 'data_offsets') {
        const offsets = this.#integers();
        if (offsets.length !== 2) throw new BadHeader(`the data_offsets of ${name} are not two numbers`);
        [begin, end] = offsets as [number, number];
      } else {
        throw new BadHeader(`${name} has the unknown field "${printable(field)}"`);
      }
    });
    if (fields.size !== 3) throw new BadHeader(`${name} lacks dtype, shape or data_offsets`);
    return { name, dtype, shape, begin, end };
  }

  #metadata(): void {
    const keys = new Set<string>();
    this.#object((key) => {
      if (keys.has(key)) throw new BadHeader('the metadata have a key twice');
      keys.add(key);
      this.#string();
    });
  }

  #object(member: (key: string) => void): void {
    this.#expect(OPENED, '{');
    if (this.#accept(CLOSED)) return;
    do {
      const key = this.#string();
      this.#expect(COLON, ':');
      member(key);
    } while (this.#accept(COMMA));
    this.#expect(CLOSED, '}');
  }

  #integers(): number[] {
    const values: number[] = [];
    this.#expect(LIST, '[');
    if (this.#accept(LIST_END)) return values;
    do {
      if (values.length === SAFETENSORS_LIMITS.dimensions) {
        throw new BadHeader(`a list has more than ${SAFETENSORS_LIMITS.dimensions} numbers`);
      }
      values.push(this.#integer());
    } while (this.#accept(COMMA));
    this.#expect(LIST_END, ']');
    return values;
  }

  #integer(): number {
    this.#skipSpace();
    const start = this.#at;
    let value = 0;
    for (let digit = this.#digit(); digit !== undefined; digit = this.#digit()) {
      this.#at += 1;
      value = value * 10 + digit;
      if (value > Number.MAX_SAFE_INTEGER) throw new BadHeader('a number is larger than 2^53 - 1');
    }
    const digits = this.#at - start;
    const zeroInFront = digits > 1 && this.#bytes[start] === 0x30;
    if (digits === 0 || zeroInFront) throw new BadHeader('expected an unsigned integer');
    return value;
  }

  #digit(): number | undefined {
    const digit = (this.#bytes[this.#at] ?? 0) - 0x30;
    return digit >= 0 && digit <= 9 ? digit : undefined;
  }

  #string(): string {
    this.#expect(QUOTE, '"');
    let text = '';
    let plain = this.#at; // where the characters begin that stand for themselves
    for (;;) {
      const byte = this.#next();
      if (byte < 0x20) throw new BadHeader('a control character in a string');
      if (byte !== QUOTE && byte !== BACKSLASH) continue;
      text += this.#bytes.toString('utf8', plain, this.#at - 1);
      if (byte === QUOTE) return text;
      text += this.#escape();
      plain = this.#at;
    }
  }

  #escape(): string {
    const letter = String.fromCharCode(this.#next());
    if (letter !== 'u') {
      const meaning = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
      if (meaning === undefined) throw new BadHeader('a bad escape in a string');
      return meaning;
    }
    const first = this.#fourHexDigits();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    // The first half of a character beyond U+FFFF, whose second half must follow.
    if (first > 0xdbff || this.#next() !== BACKSLASH || this.#next() !== 0x75) {
      throw new BadHeader('half a surrogate pair in a string');
    }
    const second = this.#fourHexDigits();
    if (second < 0xdc00 || second > 0xdfff) throw new BadHeader('half a surrogate pair in a string');
    return String.fromCharCode(first, second);
  }

  #fourHexDigits(): number {
    let value = 0;
    for (let i = 0; i < 4; i += 1) {
      const digit = '0123456789abcdef'.indexOf(String.fromCharCode(this.#next()).toLowerCase());
      if (digit < 0) throw new BadHeader('a bad \\u escape');
      value = value * 16 + digit;
    }
    return value;
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new BadHeader("the header's JSON ends early");
    this.#at += 1;
    return byte;
  }

  #skipSpace(): void {
    while (SPACES.has(this.#bytes[this.#at])) this.#at += 1;
  }

  #accept(byte: number | undefined): boolean {
    this.#skipSpace();
    if (this.#at === this.#bytes.length || this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #expect(byte: number | undefined, shown: string): void {
    if (!this.#accept(byte)) throw new BadHeader(`expected ${shown} at byte ${this.#at} of the header`);
  }
}

/** A stranger's text, fit for a log line: a question mark for each byte that is no printable ASCII character. */
function printable(text: string): string {
  const bytes = Buffer.from(text).subarray(0, 80);
  return Array.from(bytes, (byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '?')).join('');
}
