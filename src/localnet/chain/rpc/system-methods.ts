import type { MethodTable } from './methods.js';

/** What a development node without peers says of itself. */
export const SYSTEM_METHODS: MethodTable = {
  system_chain: () => 'HealthTensor local net',
  system_chainType: () => 'Local',
  system_name: () => 'HealthTensor local chain',
  system_version: () => '1.0.0',
  system_properties: () => ({ ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' }),
  system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
  system_nodeRoles: () => ['Authority'],
  system_peers: () => [],
  system_localPeerId: () => '',
  system_localListenAddresses: () => [],
  system_syncState: (chain) => {
    const { number } = chain.head.header;
    return { startingBlock: 0, currentBlock: number, highestBlock: number };
  },
};
