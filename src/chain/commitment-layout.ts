import type { SiLookupTypeId } from '@polkadot/types/interfaces';
import type { PortableRegistry } from '@polkadot/types';
import { HealthTensorError } from '../common/errors.js';

/** Where the metadata says that the parts of a stored commitment are. */
export interface CommitmentLayout {
  /** Offset and size of the block number. */
  readonly block: readonly [offset: number, size: number];
  /** Offset of the list of fields: a compact count, then each field's variant and content. */
  readonly fields: number;
  /** The variants that hold plain bytes: how many, or 'prefixed' when a compact length comes first. */
  readonly raw: ReadonlyMap<number, number | 'prefixed'>;
}

/**
 * Finds deposit, block and info of the pallet's Registration, and the Raw variants of its Data, by their names. The
 * generic decoder would do, but builds 137 classes for each field, and its exceptions cost a millisecond.
 * @throws HealthTensorError RUNTIME_UNKNOWN when a newer runtime stores commitments in another shape.
 */
export function commitmentLayout(lookup: PortableRegistry, valueType: SiLookupTypeId): CommitmentLayout {
  const { def } = lookup.getSiType(valueType);
  let offset = 0;
  let block: [number, number] | undefined;
  for (const { name, type } of def.isComposite ? def.asComposite.fields : []) {
    if (name.unwrapOr('').toString() === 'info' && block !== undefined) {
      const raw = rawVariants(lookup, elementOf(lookup, fieldNamed(lookup, type, 'fields')));
      if (raw !== undefined && raw.size > 0) return { block, fields: offset, raw };
    }
    const size = sizeOf(lookup, type);
    if (size === undefined) break;
    if (name.unwrapOr('').toString() === 'block' && size <= 6) block = [offset, size];
    offset += size;
  }
  throw new HealthTensorError(
    'RUNTIME_UNKNOWN',
    'The runtime of the chain stores commitments in an unknown shape',
    {
      remedy: 'Update HealthTensor.',
    },
  );
}

/** The type of the only field of a struct, when it has that name. */
function fieldNamed(
  lookup: PortableRegistry,
  id: SiLookupTypeId,
  wanted: string,
): SiLookupTypeId | undefined {
  const { def } = lookup.getSiType(id);
  const [only, ...others] = def.isComposite ? def.asComposite.fields : [];
  return others.length === 0 && only?.name.unwrapOr('').toString() === wanted ? only.type : undefined;
}

/** The element of a Vec or BoundedVec. */
function elementOf(lookup: PortableRegistry, id: SiLookupTypeId | undefined): SiLookupTypeId | undefined {
  if (id === undefined) return undefined;
  const { def } = lookup.getSiType(id);
  if (def.isSequence) return def.asSequence.type;
  const [only, ...others] = def.isComposite ? def.asComposite.fields : [];
  return only !== undefined && others.length === 0 ? elementOf(lookup, only.type) : undefined;
}

function rawVariants(
  lookup: PortableRegistry,
  data: SiLookupTypeId | undefined,
): Map<number, number | 'prefixed'> | undefined {
  if (data === undefined || !lookup.getSiType(data).def.isVariant) return undefined;
  const raw = new Map<number, number | 'prefixed'>();
  for (const { name, index, fields } of lookup.getSiType(data).def.asVariant.variants) {
    const type = fields[0]?.type;
    if (!/^(Raw\d{1,3}|BigRaw)$/.test(name.toString()) || type === undefined || fields.length !== 1) continue;
    const size = sizeOf(lookup, type) ?? (elementOf(lookup, type) === undefined ? undefined : 'prefixed');
    if (size !== undefined) raw.set(index.toNumber(), size);
  }
  return raw;
}

/** Bytes of a type of fixed size; undefined for any other. */
function sizeOf(lookup: PortableRegistry, id: SiLookupTypeId): number | undefined {
  const { def } = lookup.getSiType(id);
  if (def.isPrimitive) {
    const bits = /^U(\d+)$/.exec(def.asPrimitive.type)?.[1];
    return bits === undefined ? undefined : Number(bits) / 8;
  }
  if (def.isArray) {
    const element = sizeOf(lookup, def.asArray.type);
    return element === undefined ? undefined : element * def.asArray.len.toNumber();
  }
  if (!def.isComposite) return undefined;
  return def.asComposite.fields.reduce<number | undefined>((sum, { type }) => {
    const size = sizeOf(lookup, type);
    return sum === undefined || size === undefined ? undefined : sum + size;
  }, 0);
}
