export { startLocalHub, type LocalHub, type LocalHubSettings } from './start.js';
export type { TokenSettings } from './tokens.js';
