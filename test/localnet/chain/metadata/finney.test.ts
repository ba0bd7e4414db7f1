import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Metadata, TypeRegistry } from '@polkadot/types';
import type { MetadataV16, SiField } from '@polkadot/types/interfaces';
import { u8aToHex } from '@polkadot/util';
import { buildMetadata } from '../../../../src/localnet/chain/metadata/build-metadata.js';
import { sharedPath } from '../../../support/shared.js';

const realPath = sharedPath('chain/finney-spec424-metadata-v16.scale');
const withReal = realPath === undefined ? test.skip : test;
if (realPath === undefined) {
  console.warn('Skipped: no metadata of finney (HEALTHTENSOR_TEST_SHARED names no folder with chain/)');
}

/**
 * What differs from spec 424 on purpose: the line's name -> why. Everything else has to be the same to the last type;
 * an entry that no longer differs has to go.
 */
const ON_PURPOSE: Readonly<Record<string, string>> = {};

/** Enums of the whole runtime: ours hold fewer pallets, so that only their path is compared. */
const OUTER = /RuntimeEvent|RuntimeCall|RuntimeError|UncheckedExtrinsic/;

interface Loaded {
  readonly metadata: MetadataV16;
  /** A type written out to its last primitive. */
  readonly shape: (id: { toNumber(): number }) => string;
  /** name -> type, with the type's name in the sources. */
  readonly fields: (fields: readonly SiField[]) => string;
}

function load(bytes: Uint8Array): Loaded {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, u8aToHex(bytes)).asV16;
  const types = new Map(metadata.lookup.types.map(({ id, type }) => [id.toNumber(), type]));
  const known = new Map<number, string>();
  const fieldsOf = (fields: readonly SiField[]): string =>
    fields
      .map(({ name, type }) => `${name.isSome ? name.unwrap().toString() : '_'}: ${shape(type)}`)
      .join(', ');
  const write = (id: number): string => {
    const type = types.get(id);
    if (type === undefined) return `missing ${id}`;
    const path = type.path.map((part) => part.toString()).join('::');
    const { def } = type;
    if (OUTER.test(path)) return path;
    if (def.isPrimitive) return def.asPrimitive.type;
    if (def.isCompact) return `Compact<${shape(def.asCompact.type)}>`;
    if (def.isSequence) return `Vec<${shape(def.asSequence.type)}>`;
    if (def.isArray) return `[${shape(def.asArray.type)}; ${def.asArray.len.toNumber()}]`;
    if (def.isTuple) return `(${def.asTuple.map(shape).join(', ')})`;
    if (def.isComposite) return `${path} { ${fieldsOf(def.asComposite.fields)} }`;
    const variants = def.asVariant.variants.map(
      (variant) => `${variant.index.toNumber()} ${variant.name.toString()}(${fieldsOf(variant.fields)})`,
    );
    return `${path} [${variants.join(' | ')}]`;
  };
  const shape = (id: { toNumber(): number }): string => {
    const number = id.toNumber();
    const text = known.get(number) ?? write(number);
    known.set(number, text);
    return text;
  };
  const fields = (list: readonly SiField[]): string =>
    list
      .map(({ name, type, typeName }) => {
        const label = name.isSome ? name.unwrap().toString() : '_';
        return `${label}: ${shape(type)} as ${typeName.isSome ? typeName.unwrap().toString() : ''}`;
      })
      .join(', ');
  return { metadata, shape, fields };
}

/** Everything a client could notice, one line each. */
function describeMetadata({ metadata, shape, fields }: Loaded): Map<string, string> {
  const lines = new Map<string, string>();
  for (const pallet of metadata.pallets) {
    const name = pallet.name.toString();
    lines.set(name, `index ${pallet.index.toNumber()}`);
    for (const item of pallet.storage.isSome ? pallet.storage.unwrap().items : []) {
      const type = item.type.isPlain
        ? shape(item.type.asPlain)
        : `${item.type.asMap.hashers.map((hasher) => hasher.type).join()} ${shape(item.type.asMap.key)} => ` +
          shape(item.type.asMap.value);
      lines.set(
        `${name} storage ${item.name.toString()}`,
        `${item.modifier.type} ${type} ${item.fallback.toHex()}`,
      );
    }
    for (const part of ['calls', 'events', 'errors'] as const) {
      const option = pallet[part];
      if (option.isNone) continue;
      const id = (option.unwrap() as unknown as { type: { toNumber(): number } }).type;
      const type = metadata.lookup.types.find((one) => one.id.toNumber() === id.toNumber());
      for (const variant of type?.type.def.asVariant.variants ?? []) {
        lines.set(
          `${name} ${part} ${variant.name.toString()}`,
          `${variant.index.toNumber()} (${fields(variant.fields)})`,
        );
      }
    }
    for (const constant of pallet.constants) {
      lines.set(
        `${name} constant ${constant.name.toString()}`,
        `${shape(constant.type)} ${constant.value.toHex()}`,
      );
    }
  }
  for (const api of metadata.apis) {
    for (const method of api.methods) {
      const inputs = method.inputs
        .map((input) => `${input.name.toString()}: ${shape(input.type)}`)
        .join(', ');
      lines.set(`${api.name.toString()}_${method.name.toString()}`, `(${inputs}) -> ${shape(method.output)}`);
    }
  }
  const extensions = metadata.extrinsic.transactionExtensions.map(
    ({ identifier, type, implicit }) => `${identifier.toString()} ${shape(type)} ${shape(implicit)}`,
  );
  lines.set('extensions', extensions.join('\n'));
  lines.set('address', shape(metadata.extrinsic.addressType));
  lines.set('signature', shape(metadata.extrinsic.signatureType));
  return lines;
}

/** The names of the lines that `own` has otherwise than `real`, or alone. */
function differences(own: ReadonlyMap<string, string>, real: ReadonlyMap<string, string>): string[] {
  return [...own].filter(([name, line]) => real.get(name) !== line).map(([name]) => name);
}

describe('the metadata built here, held against the metadata of finney at spec 424', () => {
  withReal('has the same index, types, hashers and defaults for everything it offers', () => {
    const real = describeMetadata(load(readFileSync(realPath ?? '')));
    const own = describeMetadata(load(buildMetadata().encoded[16]));
    expect(own.size).toBeGreaterThan(300);
    const unexpected = differences(own, real).filter((name) => !Object.hasOwn(ON_PURPOSE, name));
    expect(unexpected.map((name) => ({ name, own: own.get(name), real: real.get(name) }))).toEqual([]);
  });

  withReal('differs on purpose only where this test says so and why', () => {
    const real = describeMetadata(load(readFileSync(realPath ?? '')));
    const own = describeMetadata(load(buildMetadata().encoded[16]));
    expect(differences(own, real).sort()).toEqual(Object.keys(ON_PURPOSE).sort());
  });

  withReal('notices an index, an argument, a type, a hasher, a default or an error that differs', () => {
    const real = describeMetadata(load(readFileSync(realPath ?? '')));
    expect(real.get('SubtensorModule')).toBe('index 7');
    expect(real.get('SubtensorModule calls set_weights')).toMatch(/^0 \(netuid: U16 as NetUid, /);
    expect(real.get('SubtensorModule storage Tempo')).toBe('Default Identity U16 => U16 0x6801');
    expect(real.get('Commitments errors SpaceLimitExceeded')).toBe('2 ()');
    const wrong: [string, (line: string) => string][] = [
      ['SubtensorModule', () => 'index 8'],
      ['SubtensorModule calls set_weights', (line) => line.replace('dests', 'uids')],
      ['SubtensorModule events WeightsSet', (line) => line.replace('U16', 'U32')],
      ['SubtensorModule storage Uids', (line) => line.replace('Identity', 'Twox64Concat')],
      ['SubtensorModule storage Tempo', (line) => line.replace('0x6801', '0x6901')],
      ['Commitments errors SpaceLimitExceeded', () => '3 ()'],
      ['Commitments constant MaxFields', (line) => line.replace('0x03', '0x04')],
      ['SubnetInfoRuntimeApi_get_next_epoch_start_block', (line) => line.replace('Option', 'Vec')],
    ];
    for (const [name, change] of wrong) {
      const line = real.get(name) ?? '';
      expect(change(line)).not.toBe(line);
      expect(differences(new Map(real).set(name, change(line)), real)).toEqual([name]);
    }
  });
});

describe('the metadata built here', () => {
  test('loads in @polkadot/types in each version that it offers', () => {
    const { encoded } = buildMetadata();
    for (const version of [14, 15, 16] as const) {
      const registry = new TypeRegistry();
      const metadata = new Metadata(registry, u8aToHex(encoded[version]));
      expect(metadata.version).toBe(version);
      expect(metadata.asLatest.pallets.map(({ name }) => name.toString())).toEqual([
        'System',
        'Timestamp',
        'Balances',
        'TransactionPayment',
        'SubtensorModule',
        'Commitments',
        'AdminUtils',
        'Drand',
      ]);
    }
  });
});
