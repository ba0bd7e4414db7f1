/**
 * What a JSON value has to look like: a kind of scalar, a list of one shape, or an object by keys; a key that ends in `?` may be
 * absent. Keys beside those are left alone: a later version may add some.
 */
export type JsonShape =
  | 'text'
  | 'number'
  | 'whole'
  | readonly [JsonShape]
  | { readonly [key: string]: JsonShape }
  /** Texts and numbers by name. */
  | 'facts';

/** Where a value departs from its shape, as half a sentence; undefined when it does not. */
export function shapeFault(value: unknown, shape: JsonShape, where = 'it'): string | undefined {
  if (typeof shape === 'string') return scalarFault(value, shape, where);
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${where} is no list`;
    return firstFault(value, (item, index) => shapeFault(item, shape[0], `${where}[${index}]`));
  }
  if (!isObject(value)) return `${where} is no object`;
  return firstFault(Object.entries(shape), ([name, inner]) => {
    const key = name.replace(/\?$/, '');
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    if (member === undefined) return name === key ? `${where} has no ${key}` : undefined;
    return shapeFault(member, inner, where === 'it' ? key : `${where}.${key}`);
  });
}

function scalarFault(
  value: unknown,
  shape: 'text' | 'number' | 'whole' | 'facts',
  where: string,
): string | undefined {
  switch (shape) {
    case 'text':
      return typeof value === 'string' ? undefined : `${where} is no text`;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : `${where} is no number`;
    case 'whole':
      return Number.isSafeInteger(value) && (value as number) >= 0
        ? undefined
        : `${where} is no whole number`;
    case 'facts': {
      const sound = (fact: unknown) => typeof fact === 'string' || Number.isFinite(fact);
      return isObject(value) && Object.values(value).every(sound) ? undefined : `${where} holds no facts`;
    }
  }
}

function firstFault<T>(
  items: readonly T[],
  faultOf: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isList(shape: JsonShape): shape is readonly [JsonShape] {
  return Array.isArray(shape);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
