export { startLocalChain, type LocalChainOptions, type RunningChain } from './local-chain.js';
export type { GenesisSettings, GenesisSubnet } from './genesis.js';
