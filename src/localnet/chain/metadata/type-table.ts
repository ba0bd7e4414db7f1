/**
 * The portable type registry of the metadata (scale-info), filled from type expressions written as in Rust:
 * `Vec<(u16, u16)>`, `Option<T::AccountId>`, `[u8; 32]`. Equal types share one id.
 */

/** One field: its name, when it has one, and its type as Rust spells it. */
export interface FieldText {
  readonly name: string | undefined;
  readonly type: string;
}

/** A named type. `fields` makes a struct, `variants` an enum; generics are named in `generics` and given at use. */
export interface TypeDefinition {
  readonly path: string;
  /** Generic parameters; a name with no value here (null) is a parameter that scale-info skips. */
  readonly parameters?: Readonly<Record<string, string | null>>;
  readonly generics?: readonly string[];
  readonly fields?: string;
  readonly variants?: VariantTable;
}

/** Variant name -> its index, or its index and its fields. */
export type VariantTable = Readonly<Record<string, number | readonly [index: number, fields: string]>>;

interface PortableField {
  name: string | null;
  type: number;
  typeName: string | null;
  docs: string[];
}
type PortableDefinition =
  | { Composite: { fields: PortableField[] } }
  | { Variant: { variants: { name: string; fields: PortableField[]; index: number; docs: string[] }[] } }
  | { Sequence: { type: number } }
  | { Array: { len: number; type: number } }
  | { Tuple: number[] }
  | { Primitive: string }
  | { Compact: { type: number } };

export interface PortableType {
  id: number;
  type: {
    path: string[];
    params: { name: string; type: number | null }[];
    def: PortableDefinition;
    docs: string[];
  };
}

const PRIMITIVES = new Set('bool char str u8 u16 u32 u64 u128 u256 i8 i16 i32 i64 i128 i256'.split(' '));
const OPENING = '<([';
const CLOSING = '>)]';

/** Splits at commas that stand outside every bracket. */
export function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (OPENING.includes(character)) depth += 1;
    if (CLOSING.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else {
      part += character;
    }
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

/** `netuid: NetUid, u16` -> named and unnamed fields. */
export function parseFields(text: string): FieldText[] {
  return splitTopLevel(text).map((field) => {
    const named = /^([a-z_][a-z0-9_]*):(?!:)\s*(.+)$/s.exec(field);
    return named?.[1] !== undefined && named[2] !== undefined
      ? { name: named[1], type: named[2] }
      : { name: undefined, type: field };
  });
}

export class TypeTable {
  readonly types: PortableType[] = [];
  readonly #ids = new Map<string, number>();
  readonly #definitions = new Map<string, TypeDefinition>();
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(
    definitions: Readonly<Record<string, TypeDefinition>>,
    aliases: Readonly<Record<string, string>>,
  ) {
    for (const [name, definition] of Object.entries(definitions)) this.define(name, definition);
    this.#aliases = new Map(Object.entries(aliases));
  }

  /** Adds a named type; the name must be new. */
  define(name: string, definition: TypeDefinition): void {
    if (this.#definitions.has(name)) throw new Error(`The type ${name} is defined twice`);
    this.#definitions.set(name, definition);
  }

  /** The id of a type expression; registers it and everything it consists of on first use. */
  id(expression: string, scope: ReadonlyMap<string, string> = new Map()): number {
    const text = expression.trim();
    const bound = scope.get(text);
    if (bound !== undefined) return this.id(bound);
    const alias = this.#aliases.get(text);
    if (alias !== undefined) return this.id(alias);
    if (PRIMITIVES.has(text)) {
      const primitive = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
      return this.#intern(text, () => ({ Primitive: primitive }));
    }
    if (text.startsWith('(') && text.endsWith(')')) {
      const items = splitTopLevel(text.slice(1, -1)).map((item) => this.id(item, scope));
      return this.#intern(`(${items.join()})`, () => ({ Tuple: items }));
    }
    const array = /^\[(.+); (\d+)\]$/.exec(text);
    if (array?.[1] !== undefined) {
      const type = this.id(array[1], scope);
      const len = Number(array[2]);
      return this.#intern(`[${type};${len}]`, () => ({ Array: { len, type } }));
    }
    return this.#generic(text, scope);
  }

  #generic(text: string, scope: ReadonlyMap<string, string>): number {
    const match = /^([A-Za-z0-9_:]+)(?:<(.+)>)?$/s.exec(text);
    const name = match?.[1] ?? text;
    const args = match?.[2] === undefined ? [] : splitTopLevel(match[2]);
    const only = args[0];
    if (name === 'Vec' && only !== undefined) {
      const type = this.id(only, scope);
      return this.#intern(`Vec<${type}>`, () => ({ Sequence: { type } }));
    }
    if (name === 'Compact' && only !== undefined) {
      const type = this.id(only, scope);
      return this.#intern(`Compact<${type}>`, () => ({ Compact: { type } }));
    }
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`Unknown type ${text}`);
    const bound = args.map((arg) => scope.get(arg) ?? arg);
    const key = `${name}<${bound.map((arg) => this.id(arg)).join()}>`;
    const known = this.#ids.get(key);
    return known ?? this.#named(key, definition, bound);
  }

  #named(key: string, definition: TypeDefinition, args: readonly string[]): number {
    const generics = definition.generics ?? [];
    const inner = new Map(generics.map((name, i) => [name, args[i] ?? '()']));
    const params = [
      ...generics.map((name) => ({ name, type: this.id(name, inner) })),
      ...Object.entries(definition.parameters ?? {}).map(([name, type]) => ({
        name,
        type: type === null ? null : this.id(type, inner),
      })),
    ];
    const define = (): PortableDefinition => {
      if (definition.variants === undefined) {
        return { Composite: { fields: this.fields(definition.fields ?? '', inner) } };
      }
      const variants = Object.entries(definition.variants).map(([name, variant]) => {
        const [index, fields] = typeof variant === 'number' ? [variant, ''] : variant;
        return { name, index, fields: this.fields(fields, inner), docs: [] };
      });
      return { Variant: { variants } };
    };
    return this.#intern(key, define, definition.path.split('::'), params);
  }

  /** The fields of a struct or variant; the spelling of each type stays as its type name. */
  fields(text: string, scope: ReadonlyMap<string, string> = new Map()): PortableField[] {
    return parseFields(text).map(({ name, type }) => {
      // `#[codec(compact)]`: encoded as Compact<T> but still called T.
      const [, attributed] = /^compact (.+)$/.exec(type) ?? [];
      return {
        name: name ?? null,
        type: this.id(attributed === undefined ? type : `Compact<${attributed}>`, scope),
        typeName: attributed ?? type,
        docs: [],
      };
    });
  }

  #intern(
    key: string,
    define: () => PortableDefinition,
    path: string[] = [],
    params: PortableType['type']['params'] = [],
  ): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    // Parts come before the whole: none of the types used here contains itself.
    const def = define();
    const id = this.types.length;
    this.#ids.set(key, id);
    this.types.push({ id, type: { path, params, def, docs: [] } });
    return id;
  }
}
