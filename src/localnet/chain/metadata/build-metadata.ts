import { TypeRegistry } from '@polkadot/types';
import { bnToU8a, hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { scaleCodec, type ScaleCodec } from '../codec/scale-codec.js';
import type { PalletDescription, StorageDescription } from './pallet-description.js';
import { DRAND_ALIASES, DRAND_TYPES } from './drand-types.js';
import { ADMIN_UTILS } from './pallets/admin-utils.js';
import { COMMITMENTS } from './pallets/commitments.js';
import { DRAND } from './pallets/drand.js';
import { BALANCES, SYSTEM, TIMESTAMP, TRANSACTION_PAYMENT } from './pallets/frame-pallets.js';
import { SUBNET_OWNER_TYPES } from './pallets/subnet-owner.js';
import { SUBTENSOR } from './pallets/subtensor.js';
import { RUNTIME_APIS } from './runtime-apis.js';
import { ALIASES, RUNTIME_TYPES, TRANSACTION_EXTENSIONS } from './runtime-types.js';
import { SUBTENSOR_TYPES } from './subtensor-types.js';
import { parseFields, TypeTable, type TypeDefinition } from './type-table.js';

export const PALLETS: readonly PalletDescription[] = [
  SYSTEM,
  TIMESTAMP,
  BALANCES,
  TRANSACTION_PAYMENT,
  SUBTENSOR,
  COMMITMENTS,
  ADMIN_UTILS,
  DRAND,
];

export const METADATA_VERSIONS = [14, 15, 16] as const;
export type MetadataVersion = (typeof METADATA_VERSIONS)[number];

/** The bytes `meta`, which open every encoding of metadata. */
const MAGIC = hexToU8a('0x6d657461');

export interface ChainMetadata {
  /** The encoding of each version offered: magic, version, body. */
  readonly encoded: Readonly<Record<MetadataVersion, Uint8Array>>;
  readonly codec: ScaleCodec;
  /** The id of a type expression, such as `Vec<u16>`. */
  readonly typeId: (expression: string) => number;
}

type Fallback = (storage: { type: string; value: unknown }) => Uint8Array;

function definitions(): Record<string, TypeDefinition> {
  const all: Record<string, TypeDefinition> = {
    ...RUNTIME_TYPES,
    ...SUBTENSOR_TYPES,
    ...DRAND_TYPES,
    ...SUBNET_OWNER_TYPES,
  };
  const outer = { Call: {}, Event: {}, Error: {} } as Record<
    'Call' | 'Event' | 'Error',
    TypeDefinition['variants']
  >;
  for (const pallet of PALLETS) {
    const parameters = Object.fromEntries(pallet.parameters.map((name) => [name, null]));
    const errors = pallet.errors && Object.fromEntries(pallet.errors.map((name, index) => [name, index]));
    const parts = { Call: pallet.calls, Event: pallet.events, Error: errors };
    for (const [part, variants] of Object.entries(parts) as [keyof typeof parts, typeof pallet.calls][]) {
      if (variants === undefined) continue;
      const name = `${pallet.module}::${part}`;
      all[name] = { path: name, parameters, variants };
      outer[part] = { ...outer[part], [pallet.name]: [pallet.index, name] };
    }
  }
  for (const part of ['Call', 'Event', 'Error'] as const) {
    const name = `Runtime${part}`;
    all[name] = { path: `node_subtensor_runtime::${name}`, variants: outer[part] ?? {} };
  }
  all.OpaqueExtrinsic = {
    path: 'sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic',
    parameters: {
      Address: 'MultiAddress',
      Call: 'RuntimeCall',
      Signature: 'MultiSignature',
      Extra: EXTENSIONS_TUPLE,
    },
    fields: 'Vec<u8>',
  };
  all.UncheckedExtrinsic = {
    path: 'fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic',
    parameters: {
      Address: 'MultiAddress',
      Call: 'RuntimeCall',
      Signature: 'MultiSignature',
      Extension: EXTENSIONS_TUPLE,
    },
    fields: 'OpaqueExtrinsic',
  };
  return all;
}

const EXTENSIONS_TUPLE = `(${TRANSACTION_EXTENSIONS.map(([, type]) => type).join(', ')})`;

function storageEntry(
  table: TypeTable,
  name: string,
  item: StorageDescription,
  fallback: Fallback,
  v16: boolean,
) {
  const key = item.keys.map(({ type }) => type);
  const hashers = item.keys.map(({ hasher }) => hasher);
  const shape =
    key.length === 0
      ? { Plain: table.id(item.value) }
      : {
          Map: {
            hashers,
            key: table.id(key.length === 1 ? (key[0] ?? '') : `(${key.join(', ')})`),
            value: table.id(item.value),
          },
        };
  // An absent optional item reads as None whatever its type: one zero byte.
  const bytes =
    item.modifier === 'Optional' ? new Uint8Array(1) : fallback({ type: item.value, value: item.fallback });
  return {
    name,
    modifier: item.modifier,
    type: shape,
    fallback: u8aToHex(bytes),
    docs: [],
    ...(v16 ? { deprecationInfo: 'NotDeprecated' } : {}),
  };
}

function pallet(
  table: TypeTable,
  description: PalletDescription,
  fallback: Fallback,
  version: MetadataVersion,
) {
  const { name, index, module, storage, calls, events, errors, constants = {} } = description;
  const v16 = version === 16;
  const status = v16 ? { deprecationInfo: 'NotDeprecated' } : {};
  const variantStatus = v16 ? { deprecationInfo: new Map() } : {};
  const part = (kind: string, present: unknown) =>
    present === undefined ? null : { type: table.id(`${module}::${kind}`), ...variantStatus };
  return {
    name,
    storage: {
      prefix: name,
      items: Object.entries(storage).map(([item, entry]) => storageEntry(table, item, entry, fallback, v16)),
    },
    calls: part('Call', calls),
    [v16 ? 'events' : 'event']: part('Event', events),
    constants: Object.entries(constants).map(([constant, [type, value]]) => ({
      name: constant,
      type: table.id(type),
      value: u8aToHex(fallback({ type, value })),
      docs: [],
      ...status,
    })),
    [v16 ? 'errors' : 'error']: part('Error', errors),
    ...(v16 ? { associatedTypes: [], viewFunctions: [] } : {}),
    index,
    docs: [],
    ...status,
  };
}

function extrinsic(table: TypeTable, version: MetadataVersion): Record<string, unknown> {
  const extensions = TRANSACTION_EXTENSIONS.map(([identifier, type, implicit]) => ({
    identifier,
    type: table.id(type),
    [version === 16 ? 'implicit' : 'additionalSigned']: table.id(implicit),
  }));
  const types = {
    addressType: table.id('MultiAddress'),
    callType: table.id('RuntimeCall'),
    signatureType: table.id('MultiSignature'),
  };
  if (version === 14)
    return { type: table.id('UncheckedExtrinsic'), version: 4, signedExtensions: extensions };
  if (version === 15) {
    return { version: 4, ...types, extraType: table.id(EXTENSIONS_TUPLE), signedExtensions: extensions };
  }
  return {
    versions: [4],
    ...types,
    transactionExtensionsByVersion: new Map([[0, extensions.map((_, i) => i)]]),
    transactionExtensions: extensions,
  };
}

function runtimeApis(table: TypeTable, version: MetadataVersion) {
  const status = version === 16 ? { deprecationInfo: 'NotDeprecated' } : {};
  return Object.entries(RUNTIME_APIS).map(([name, api]) => ({
    name,
    methods: Object.entries(api.methods).map(([method, [inputs, output]]) => ({
      name: method,
      inputs: parseFields(inputs).map((input) => ({ name: input.name, type: table.id(input.type) })),
      output: table.id(output),
      docs: [],
      ...status,
    })),
    docs: [],
    ...(version === 16 ? { version: api.version } : {}),
    ...status,
  }));
}

function encode(table: TypeTable, version: MetadataVersion, fallback: Fallback): Uint8Array {
  const body: Record<string, unknown> = {
    pallets: PALLETS.map((description) => pallet(table, description, fallback, version)),
    extrinsic: extrinsic(table, version),
  };
  if (version !== 16) body.type = table.id('Runtime');
  if (version !== 14) {
    body.apis = runtimeApis(table, version);
    body.outerEnums = {
      callType: table.id('RuntimeCall'),
      eventType: table.id('RuntimeEvent'),
      errorType: table.id('RuntimeError'),
    };
    body.custom = { map: new Map() };
  }
  // Last: everything above has registered its types by now.
  body.lookup = { types: table.types };
  const encoded = new TypeRegistry().createType(`MetadataV${version}`, body).toU8a();
  return u8aConcat(MAGIC, bnToU8a(version, { bitLength: 8 }), encoded);
}

/** Builds the chain's metadata, in each version offered, from the pallet descriptions. */
export function buildMetadata(): ChainMetadata {
  const table = new TypeTable(
    { ...definitions(), Runtime: { path: 'node_subtensor_runtime::Runtime' } },
    { ...ALIASES, ...DRAND_ALIASES },
  );
  const codec = scaleCodec(table.types);
  const fallback: Fallback = ({ type, value }) => codec.encode(table.id(type), value);
  return {
    encoded: {
      14: encode(table, 14, fallback),
      15: encode(table, 15, fallback),
      16: encode(table, 16, fallback),
    },
    codec,
    typeId: (expression) => table.id(expression),
  };
}
