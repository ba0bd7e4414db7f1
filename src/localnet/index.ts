export { startLocalHub, type LocalHub, type LocalHubSettings } from './hub/index.js';
export {
  startLocalChain,
  type GenesisSettings,
  type GenesisSubnet,
  type LocalChainOptions,
  type RunningChain,
} from './chain/index.js';
