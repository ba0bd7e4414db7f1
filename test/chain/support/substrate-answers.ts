import { compactAddLength, u8aConcat, u8aToHex } from '@polkadot/util';
import { RUNTIME_VERSION } from '../../../src/localnet/chain/metadata/runtime-version.js';
import { type Answer, refuse } from './scripted-node.js';

export const GENESIS = `0x${'2f'.repeat(32)}`;
export const HEAD = `0x${'11'.repeat(32)}`;

export const header = (number: number) => ({
  number: `0x${number.toString(16)}`,
  parentHash: GENESIS,
  stateRoot: GENESIS,
  extrinsicsRoot: GENESIS,
  digest: { logs: [] },
});

export const version = (specVersion: number) => ({ ...RUNTIME_VERSION, specVersion });

/** What a node at block 1 answers to a client that connects: one version of the metadata, and an empty state. */
export function substrateAnswers(metadata: Uint8Array, metadataVersion: 14 | 16): Record<string, Answer> {
  const calls: Record<string, string> = {
    Metadata_metadata_versions: u8aToHex(Uint8Array.of(4, metadataVersion, 0, 0, 0)),
    Metadata_metadata_at_version: u8aToHex(u8aConcat([1], compactAddLength(metadata))),
    AccountNonceApi_account_nonce: '0x07000000',
  };
  return {
    state_getRuntimeVersion: () => version(RUNTIME_VERSION.specVersion),
    system_chain: () => 'scripted',
    system_properties: () => ({ ss58Format: 42 }),
    rpc_methods: () => ({ methods: [] }),
    state_call: ([name]) => calls[String(name)] ?? refuse(4003, 'Execution failed'),
    state_getMetadata: () => u8aToHex(metadata),
    state_queryStorageAt: () => [{ block: HEAD, changes: [] }],
    chain_getBlockHash: ([number]) => (number === 0 ? GENESIS : HEAD),
    chain_getFinalizedHead: () => HEAD,
    chain_getHeader: () => header(1),
    chain_subscribeNewHead: () => 'heads',
  };
}
