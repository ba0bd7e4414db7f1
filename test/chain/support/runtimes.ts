import { readFileSync } from 'node:fs';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { buildMetadata } from '../../../src/localnet/chain/metadata/build-metadata.js';
import { sharedPath } from '../../support/shared.js';

const finneyFile = sharedPath('chain/finney-spec424-metadata-v16.scale');

/** Metadata 16 of the local chain, which is always there, and of finney when there is the optional test data. */
export const METADATA: readonly (readonly [chain: string, metadata: Uint8Array])[] = [
  ['the local chain', buildMetadata().encoded[16]],
  ...(finneyFile === undefined ? [] : [['finney', readFileSync(finneyFile)] as const]),
];

/** The types of a runtime. */
export function registryOf(metadata: Uint8Array): TypeRegistry {
  const registry = new TypeRegistry();
  registry.setMetadata(new Metadata(registry, metadata), undefined, undefined, true);
  return registry;
}
