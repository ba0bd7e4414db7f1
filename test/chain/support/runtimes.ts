import { readFileSync } from 'node:fs';
import { Runtime } from '../../../src/chain/runtime.js';
import { buildMetadata, type MetadataVersion } from '../../../src/localnet/chain/metadata/build-metadata.js';
import { sharedPath } from '../../support/shared.js';

const VERSION = { specName: 'node-subtensor', specVersion: 424, transactionVersion: 1 };

/** A runtime over the local chain's own metadata, which is always there. */
export function localRuntime(version: MetadataVersion = 16): Runtime {
  return new Runtime(`0x${Buffer.from(buildMetadata().encoded[version]).toString('hex')}`, VERSION);
}

const finneyFile = sharedPath('chain/finney-spec424-metadata-v16.scale');

/** A runtime over finney's real metadata; undefined without the optional test data. */
export function finneyRuntime(): Runtime | undefined {
  return finneyFile === undefined
    ? undefined
    : new Runtime(`0x${readFileSync(finneyFile).toString('hex')}`, VERSION);
}
