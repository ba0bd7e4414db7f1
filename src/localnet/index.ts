export { startLocalHub, type LocalHub, type LocalHubSettings } from './hub/index.js';
