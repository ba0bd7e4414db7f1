import type { SiLookupTypeId, SiType } from '@polkadot/types/interfaces';
import type { Registry } from '@polkadot/types/types';
import { HealthTensorError } from '../common/errors.js';

/** How a runtime writes a stored commitment (`Registration { deposit, block, info: { fields: Vec<Data> } }`). */
export interface CommitmentLayout {
  /** Where the block stands and how many bytes it has. */
  readonly block: { readonly at: number; readonly size: number };
  /** Where the fields begin, with their count as a compact integer. */
  readonly fieldsAt: number;
  /** Names of the kinds of field (`Raw5`, `BigRaw`, `Sha256` ...) by the byte that each begins with. */
  readonly kinds: ReadonlyMap<number, string>;
}

/**
 * The layout, from the types of the runtime that stored it: kinds of field are known by their names.
 * @param type of the values of Commitments.CommitmentOf
 * @throws HealthTensorError RUNTIME_UNKNOWN when a newer runtime stores commitments in another shape.
 */
export function commitmentLayout(registry: Registry, type: SiLookupTypeId): CommitmentLayout {
  const typeOf = (id: SiLookupTypeId): SiType => registry.lookup.getSiType(id);
  let at = 0;
  let block: CommitmentLayout['block'] | undefined;
  for (const field of fieldsOf(typeOf(type))) {
    const fieldType = typeOf(field.type);
    if (field.name === 'info') {
      const list = fieldsOf(fieldType).find(({ name }) => name === 'fields');
      const items = list && sequenceOf(typeOf(list.type), typeOf);
      if (block === undefined || fieldsOf(fieldType).length !== 1 || items === undefined)
        throw unknownShape();
      return { block, fieldsAt: at, kinds: variantsOf(typeOf(items)) };
    }
    const size = integerBytes(fieldType);
    if (size === undefined) throw unknownShape();
    if (field.name === 'block') block = { at, size };
    at += size;
  }
  throw unknownShape();
}

function fieldsOf({ def }: SiType): { name: string; type: SiLookupTypeId }[] {
  if (!def.isComposite) throw unknownShape();
  return def.asComposite.fields.map(({ name, type }) => ({ name: name.unwrapOr('').toString(), type }));
}

/** What a list, or a newtype around one (BoundedVec), holds. */
function sequenceOf({ def }: SiType, typeOf: (id: SiLookupTypeId) => SiType): SiLookupTypeId | undefined {
  if (def.isSequence) return def.asSequence.type;
  const [only, ...others] = def.isComposite ? def.asComposite.fields : [];
  return only === undefined || others.length > 0 ? undefined : sequenceOf(typeOf(only.type), typeOf);
}

function variantsOf({ def }: SiType): ReadonlyMap<number, string> {
  if (!def.isVariant) throw unknownShape();
  return new Map(def.asVariant.variants.map(({ index, name }) => [index.toNumber(), name.toString()]));
}

function integerBytes({ def }: SiType): number | undefined {
  const bits = def.isPrimitive ? /^U(8|16|32|64|128)$/.exec(def.asPrimitive.type)?.[1] : undefined;
  return bits === undefined ? undefined : Number(bits) / 8;
}

function unknownShape(): HealthTensorError {
  return new HealthTensorError(
    'RUNTIME_UNKNOWN',
    'The runtime of the chain stores commitments in an unknown shape',
    { remedy: 'Update HealthTensor.' },
  );
}
