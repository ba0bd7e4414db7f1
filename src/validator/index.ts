export type { RevealStatus, StoredCommit } from './commit-store.js';
export { leaderboard, type LeaderboardRow } from './leaderboard.js';
export { WIDE_MARGIN } from './order.js';
export type { RoundReport, RoundResult } from './report.js';
export { runValidator } from './run.js';
export { VALIDATOR_DEFAULTS, type ValidatorSettings } from './settings.js';
export { validatorStateDirectory, validatorStateFiles } from './state-directory.js';
export { Store } from './store.js';
export { revealNotice } from './weight-reveals.js';
