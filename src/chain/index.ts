export { addressOf, publicKeyOf } from './addresses.js';
export { formatCommitment, MAX_REPO_ID_BYTES, modelDigest, parseCommitment } from './commitment-text.js';
export { endpointOf } from './endpoints.js';
export { createWallet, loadHotkey, type NewWallet } from './wallet.js';
export { listWallets, type WalletLocation } from './wallet-layout.js';
export { type ChainWeights, normaliseWeights } from './weights.js';
