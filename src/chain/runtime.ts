import type { Codec, Registry } from '@polkadot/types-codec/types';
import type { GenericCall, GenericExtrinsic, StorageKey } from '@polkadot/types';
import { expandMetadata, Metadata, TypeRegistry } from '@polkadot/types';
import type { DecoratedMeta } from '@polkadot/types/metadata/decorate/types';
import type { StorageEntry } from '@polkadot/types/primitive/types';
import type { RuntimeVersion as RuntimeVersionCodec, SiLookupTypeId } from '@polkadot/types/interfaces';
import type { RegistryError, SignatureOptions } from '@polkadot/types/types';
import { stringCamelCase } from '@polkadot/util';
import { HealthTensorError } from '../common/errors.js';

export interface RuntimeVersion {
  readonly specName: string;
  readonly specVersion: number;
  readonly transactionVersion: number;
}

/** A storage item as the metadata describes it. */
export interface StorageItem {
  /** The full key for these arguments, as 0x hex. */
  key(args: readonly unknown[]): string;
  /** The key's beginning that all entries under these first arguments share, as 0x hex. */
  prefix(args: readonly unknown[]): string;
  /** The arguments inside a full key. */
  argsOf(key: string): readonly Codec[];
  /** The value's type in the metadata. */
  readonly valueType: SiLookupTypeId;
  /** Decodes a value. @throws when the bytes are none */
  decode(value: string): Codec;
  /** What the chain's own code would read where nothing is stored; undefined for optional items. */
  readonly fallback: string | undefined;
}

export interface RuntimeMethod {
  /** `Api_method`, as `state_call` wants it. */
  readonly name: string;
  encode(args: readonly unknown[]): string;
  decode(output: string): Codec;
}

/**
 * One version of the chain's runtime: everything is looked up by name in its metadata, so indices may move from
 * release to release, and what a release does not have is undefined instead of an error.
 */
export class Runtime {
  readonly version: RuntimeVersion;
  readonly registry: TypeRegistry;
  readonly #decorated: DecoratedMeta;
  readonly #apis: Metadata['asLatest']['apis'];

  /** @param metadata SCALE bytes, version 14, 15 or 16, as 0x hex */
  constructor(metadata: string, version: RuntimeVersion) {
    const registry = new TypeRegistry();
    const decoded = new Metadata(registry, metadata as `0x${string}`);
    // Subtensor's own signed extensions encode to nothing, which is what the registry assumes of those it does not
    // know; the last argument keeps it from saying so on the console.
    registry.setMetadata(decoded, undefined, undefined, true);
    this.version = version;
    this.registry = registry;
    this.#decorated = expandMetadata(registry, decoded);
    this.#apis = decoded.asLatest.apis;
  }

  hasPallet(pallet: string): boolean {
    return this.#decorated.query[pallet] !== undefined || this.#decorated.tx[pallet] !== undefined;
  }

  hasCall(pallet: string, name: string): boolean {
    return this.#decorated.tx[pallet]?.[name] !== undefined;
  }

  /**
   * A call whose arguments are given by name (camelCase), in whatever order this release wants them.
   * @throws HealthTensorError CALL_UNKNOWN when the call, or one of the arguments it wants, is not known.
   */
  call(pallet: string, name: string, args: Readonly<Record<string, unknown>>): GenericCall {
    const create = this.#decorated.tx[pallet]?.[name];
    if (create === undefined) throw this.#unknownCall(pallet, name, 'does not exist');
    const meta = create.meta as { args: readonly { name: { toString(): string } }[] };
    const ordered = meta.args.map((field) => {
      const key = stringCamelCase(field.name.toString());
      if (!Object.hasOwn(args, key)) throw this.#unknownCall(pallet, name, `wants an argument "${key}"`);
      return args[key];
    });
    return this.registry.createTypeUnsafe<GenericCall>('Call', [create(...ordered)]);
  }

  /** A call as an extrinsic, to be signed. */
  extrinsic(call: GenericCall): GenericExtrinsic {
    return this.registry.createTypeUnsafe<GenericExtrinsic>('Extrinsic', [call]);
  }

  /** The part of the signing options that the runtime's version decides. */
  signatureVersion(): Pick<SignatureOptions, 'runtimeVersion' | 'signedExtensions'> {
    const { specVersion, transactionVersion } = this.version;
    return {
      runtimeVersion: this.registry.createTypeUnsafe<RuntimeVersionCodec>('RuntimeVersion', [
        { specVersion, transactionVersion },
      ]),
      signedExtensions: this.registry.signedExtensions,
    };
  }

  storage(pallet: string, name: string): StorageItem | undefined {
    const entry = this.#decorated.query[pallet]?.[name];
    return entry === undefined ? undefined : storageItem(this.registry, entry);
  }

  /** A method of a runtime API by its Rust names; undefined when the metadata (14 has none) does not describe it. */
  method(api: string, name: string): RuntimeMethod | undefined {
    const found = this.#apis
      .find((each) => each.name.toString() === api)
      ?.methods.find((each) => each.name.toString() === name);
    if (found === undefined) return undefined;
    const { registry } = this;
    return {
      name: `${api}_${name}`,
      encode: (args) => {
        const parts = found.inputs.map((input, index) =>
          registry.createTypeUnsafe(registry.createLookupType(input.type), [args[index]]).toU8a(),
        );
        return `0x${Buffer.concat(parts).toString('hex')}`;
      },
      decode: (output) =>
        registry.createTypeUnsafe(registry.createLookupType(found.output), [bytesOf(output)]),
    };
  }

  /** A pallet's error by its position, with its documentation. @throws when there is none */
  palletError(error: Parameters<TypeRegistry['findMetaError']>[0]): RegistryError {
    return this.registry.findMetaError(error);
  }

  #unknownCall(pallet: string, name: string, problem: string): HealthTensorError {
    return new HealthTensorError(
      'CALL_UNKNOWN',
      `The call ${pallet}.${name} ${problem} in the chain's runtime (spec ${this.version.specVersion})`,
      { remedy: 'Check the network, or update HealthTensor.' },
    );
  }
}

function storageItem(registry: Registry, entry: StorageEntry): StorageItem {
  const { type, modifier, fallback } = entry.meta;
  const valueType = type.isMap ? type.asMap.value : type.asPlain;
  const typeName = registry.createLookupType(valueType);
  return {
    valueType,
    key: (args) => registry.createTypeUnsafe('StorageKey', [[entry, args]]).toHex(),
    prefix: (args) => `0x${Buffer.from(entry.keyPrefix(...args)).toString('hex')}`,
    argsOf: (key) => registry.createTypeUnsafe<StorageKey>('StorageKey', [key]).setMeta(entry.meta).args,
    decode: (value) => registry.createTypeUnsafe(typeName, [bytesOf(value)]),
    fallback: modifier.isOptional ? undefined : fallback.toHex(),
  };
}

/** As bytes, because polkadot.js takes hex text for a big-endian number where a number is wanted. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));
}
