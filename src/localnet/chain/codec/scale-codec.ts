import { hexToU8a, stringToU8a, u8aToHex, u8aToString } from '@polkadot/util';
import type { PortableType } from '../metadata/type-table.js';
import { ByteReader, ByteWriter } from './bytes.js';

/**
 * SCALE to and from plain values, driven by the portable types of the metadata. Up to 32 bits a number, wider a
 * bigint; byte strings (Vec<u8>, [u8; n], AccountId32, H256) are lower-case 0x hex; structs are objects with the Rust
 * names of their fields; a newtype is what it wraps; Option is the value or undefined; any other enum is a Variant.
 * Decoding is strict: bad bytes throw, and nothing may be left over.
 */
export interface ScaleCodec {
  encode(typeId: number, value: unknown): Uint8Array;
  decode(typeId: number, bytes: Uint8Array): unknown;
  read(typeId: number, reader: ByteReader): unknown;
}

/** A value of an enum. `value` is undefined when the variant has no fields. */
export interface Variant {
  readonly type: string;
  readonly value?: unknown;
}

interface Coder {
  write(writer: ByteWriter, value: unknown): void;
  read(reader: ByteReader): unknown;
}

const INTEGER = /^([UI])(8|16|32|64|128|256)$/;

export function scaleCodec(types: readonly PortableType[]): ScaleCodec {
  const coders: (Coder | undefined)[] = [];
  const coder = (id: number): Coder => {
    const known = coders[id];
    if (known !== undefined) return known;
    const type = types[id];
    if (type === undefined) throw new Error(`No type has the id ${id}`);
    return (coders[id] = create(type.type, types, coder));
  };
  return {
    encode(typeId, value) {
      const writer = new ByteWriter();
      coder(typeId).write(writer, value);
      return writer.bytes();
    },
    decode(typeId, bytes) {
      const reader = new ByteReader(bytes);
      const value = coder(typeId).read(reader);
      if (reader.remaining > 0) throw new RangeError(`${reader.remaining} bytes are left over`);
      return value;
    },
    read: (typeId, reader) => coder(typeId).read(reader),
  };
}

function create(
  type: PortableType['type'],
  types: readonly PortableType[],
  coder: (id: number) => Coder,
): Coder {
  const { def } = type;
  const isByte = (id: number) => {
    const inner = types[id]?.type.def;
    return inner !== undefined && 'Primitive' in inner && inner.Primitive === 'U8';
  };
  if ('Primitive' in def) return primitive(def.Primitive);
  if ('Compact' in def) return compact(def.Compact.type, types);
  if ('Sequence' in def) {
    return isByte(def.Sequence.type) ? byteString(undefined) : list(coder(def.Sequence.type), undefined);
  }
  if ('Array' in def) {
    return isByte(def.Array.type) ? byteString(def.Array.len) : list(coder(def.Array.type), def.Array.len);
  }
  if ('Tuple' in def) return fieldList(def.Tuple.map((id) => ({ name: null, coder: coder(id) })));
  if ('Composite' in def) {
    return fieldList(def.Composite.fields.map((field) => ({ name: field.name, coder: coder(field.type) })));
  }
  const variants = def.Variant.variants.map(({ name, index, fields }) => ({
    name,
    index,
    empty: fields.length === 0,
    fields: fieldList(fields.map((field) => ({ name: field.name, coder: coder(field.type) }))),
  }));
  return type.path.join('::') === 'Option' ? option(variants) : variantCoder(type.path.join('::'), variants);
}

function primitive(name: string): Coder {
  if (name === 'Bool') {
    return {
      write: (writer, value) => writer.push([value === true ? 1 : 0]),
      read: (reader) => {
        const byte = reader.byte();
        if (byte > 1) throw new RangeError(`${byte} is no bool`);
        return byte === 1;
      },
    };
  }
  if (name === 'Str') {
    return {
      write: (writer, value) => {
        const bytes = stringToU8a(String(value));
        writer.compact(BigInt(bytes.length));
        writer.push(bytes);
      },
      read: (reader) => u8aToString(reader.take(reader.length())),
    };
  }
  const [, sign, digits] = INTEGER.exec(name) ?? [];
  if (digits === undefined) throw new Error(`The primitive ${name} is not supported`);
  const bits = Number(digits);
  const size = bits / 8;
  const signed = sign === 'I';
  const narrow = bits <= 32;
  return {
    write: (writer, value) => {
      const integer = toBigInt(value ?? 0);
      writer.unsigned(signed ? BigInt.asUintN(bits, integer) : integer, size);
    },
    read: (reader) => {
      const raw = reader.unsigned(size);
      const integer = signed ? BigInt.asIntN(bits, raw) : raw;
      return narrow ? Number(integer) : integer;
    },
  };
}

function compact(innerId: number, types: readonly PortableType[]): Coder {
  const inner = types[innerId]?.type.def;
  if (inner !== undefined && 'Tuple' in inner && inner.Tuple.length === 0) {
    return { write: () => undefined, read: () => null };
  }
  const bits = inner !== undefined && 'Primitive' in inner ? Number(inner.Primitive.slice(1)) : 128;
  return {
    write: (writer, value) => writer.compact(toBigInt(value ?? 0)),
    read: (reader) => {
      const value = reader.compact();
      if (value >= 1n << BigInt(bits)) throw new RangeError(`${value} does not fit in ${bits} bits`);
      return bits <= 32 ? Number(value) : value;
    },
  };
}

function byteString(length: number | undefined): Coder {
  return {
    write: (writer, value) => {
      const bytes = typeof value === 'string' ? hexToU8a(value) : new Uint8Array(length ?? 0);
      if (length === undefined) writer.compact(BigInt(bytes.length));
      else if (bytes.length !== length)
        throw new RangeError(`Expected ${length} bytes but received ${bytes.length}`);
      writer.push(bytes);
    },
    read: (reader) => u8aToHex(reader.take(length ?? reader.length())),
  };
}

function list(item: Coder, length: number | undefined): Coder {
  return {
    write: (writer, value) => {
      const items = (value ?? []) as readonly unknown[];
      if (length === undefined) writer.compact(BigInt(items.length));
      else if (items.length !== length)
        throw new RangeError(`Expected ${length} items but received ${items.length}`);
      for (const one of items) item.write(writer, one);
    },
    read: (reader) => Array.from({ length: length ?? reader.length() }, () => item.read(reader)),
  };
}

function fieldList(fields: readonly { name: string | null; coder: Coder }[]): Coder {
  const [only] = fields;
  if (fields.length === 1 && only?.name === null) return only.coder;
  if (fields.length > 0 && fields.every(({ name }) => name !== null)) {
    return {
      write: (writer, value) => {
        const struct = (value ?? {}) as Readonly<Record<string, unknown>>;
        for (const { name, coder } of fields) coder.write(writer, struct[name ?? '']);
      },
      read: (reader) => Object.fromEntries(fields.map(({ name, coder }) => [name ?? '', coder.read(reader)])),
    };
  }
  return {
    write: (writer, value) => {
      const tuple = (value ?? []) as readonly unknown[];
      fields.forEach(({ coder }, i) => coder.write(writer, tuple[i]));
    },
    read: (reader) => fields.map(({ coder }) => coder.read(reader)),
  };
}

interface VariantCoder {
  readonly name: string;
  readonly index: number;
  readonly empty: boolean;
  readonly fields: Coder;
}

function option(variants: readonly VariantCoder[]): Coder {
  const some = variants.find(({ name }) => name === 'Some');
  return {
    write: (writer, value) => {
      writer.push([value === undefined ? 0 : 1]);
      if (value !== undefined) some?.fields.write(writer, value);
    },
    read: (reader) => {
      const index = reader.byte();
      if (index > 1) throw new RangeError(`${index} is no Option`);
      return index === 0 ? undefined : some?.fields.read(reader);
    },
  };
}

function variantCoder(path: string, variants: readonly VariantCoder[]): Coder {
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  const byIndex = new Map(variants.map((variant) => [variant.index, variant]));
  return {
    write: (writer, value) => {
      // The zero value of an enum is its first variant, as a default in Rust would say.
      const { type, value: fields } = (value ?? { type: variants[0]?.name }) as Variant;
      const variant = byName.get(type);
      if (variant === undefined) throw new RangeError(`${path} has no variant ${type}`);
      writer.push([variant.index]);
      if (!variant.empty) variant.fields.write(writer, fields);
    },
    read: (reader): Variant => {
      const index = reader.byte();
      const variant = byIndex.get(index);
      if (variant === undefined) throw new RangeError(`${path} has no variant ${index}`);
      return variant.empty
        ? { type: variant.name }
        : { type: variant.name, value: variant.fields.read(reader) };
    },
  };
}

function toBigInt(value: unknown): bigint {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string')
    return BigInt(value);
  throw new TypeError(`Expected an integer but received ${typeof value}`);
}
